#pragma once
// One tweet of an archive. Pure functions but for the sink; one thread.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "imports/import_sink.hpp"

namespace feedctl::imports {

// Paths of the members of an element that deliver_tweet() reads, for JsonItemsOptions.
const std::vector<std::string>& tweet_members();

// An element of tweets.js: {"tweet": {..}}, in older archives the tweet itself. Hands the post to
// the sink, or tells it why the tweet is left out.
void deliver_tweet(const json::Value& element, Time now, ImportSink& sink);

// "Wed Oct 10 20:19:24 +0000 2018".
std::optional<Time> parse_tweet_time(std::string_view text);

}  // namespace feedctl::imports
