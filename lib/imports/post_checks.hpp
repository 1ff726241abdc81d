#pragma once
// The checks of imported items that all formats share. Pure functions but for the sink that they
// tell; one thread.
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/time.hpp"
#include "imports/import_sink.hpp"

namespace feedctl::imports {

// The element as a value; otherwise tells the sink why it is left out: malformed, or bad_text where
// its bytes are not UTF-8.
std::optional<json::Value> parse_item(std::string_view item, ImportSink& sink);

// A member that is a text; nullptr: absent, or something else.
const std::string* text_member(const json::Value& value, std::string_view key);

// Whether a post can be of this time: neither before 2000 nor after `now`.
bool is_plausible(Time at, Time now);

// Cuts the text and hands the post to the sink, or tells it why the post is left out: malformed
// (its id is empty or too long), bad_time, bad_text or no_text.
void deliver_post(ImportedPost post, Time now, ImportSink& sink);

}  // namespace feedctl::imports
