#pragma once
// The keys of view counters in Redis, without the prefix of the installation. docs/views.md lists
// them. Pure functions.
#include <string>
#include <string_view>

#include "base/ids.hpp"

namespace feedctl::views::keys {

// A list of views that wait for a flush: day, post, user, day, post, user, ..
inline constexpr std::string_view pending = "views:pending";
inline constexpr std::size_t fields_per_view = 3;
// The id of the epoch, and the number of its last batch.
inline constexpr std::string_view epoch = "views:epoch";
inline constexpr std::string_view sequence = "views:sequence";
// The run id of the server that the last flush has met.
inline constexpr std::string_view server = "views:server";
// The batches: a sorted set of their ids by the time of their rotation in milliseconds.
inline constexpr std::string_view batches = "views:batches";
inline constexpr std::string_view batch_prefix = "views:batch:";
// The labels that have had impressions, and for each of them a hash content -> impressions.
inline constexpr std::string_view labels = "views:labels";
inline constexpr std::string_view counter_prefix = "views:counter:";

// Before the id of a batch of impressions that was counted.
inline constexpr std::string_view dedup_prefix = "views:dedup:";

// The set of users who have viewed the post on this UTC day; it expires at midnight.
inline std::string viewers_of(Id post) {
  return "post:" + std::to_string(post) + ":views";
}
// The views of the post as shown. It expires two days after the last counted view.
inline std::string total_of(Id post) {
  return "post:" + std::to_string(post) + ":total";
}

}  // namespace feedctl::views::keys
