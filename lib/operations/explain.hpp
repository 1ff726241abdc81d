#pragma once
// Explains why a post is, or is not, in a user's home feed.
//
// The answer comes from one snapshot. It reads the pending end of the event log, which is short
// unless the workers are down, so it is a tool for operators. Thread-safe.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::operations {

struct Explanation {
  enum class RowsState { off, filling, on };
  // The facts that decide it. is_author_alive is nullopt if the post has no author.
  struct Facts {
    bool is_user_alive = false, is_post_alive = false;
    bool is_user_suspended = false, is_author_suspended = false, is_post_hidden = false;
    std::optional<bool> is_author_alive;
    std::optional<Id> author;
    std::optional<std::string> user_handle, author_handle;
    std::optional<Time> posted_at;
    bool is_own = false, is_following = false;
    std::optional<Time> follows_since;  // if the log or the server still knows it
    bool fan_out_on_read = false;       // the author's posts have no rows: reads merge them
    bool is_above_feed_floor = false, has_partition = false;
    RowsState rows_state = RowsState::off;
    std::optional<std::int64_t> generation;
    std::optional<Time> seen_at;  // when the user read the feed last, to the hour
    bool has_row = false;
    bool is_post_event_pending = false,
         is_follow_event_pending = false;         // events not processed yet
    std::vector<std::string> jobs, dead_letters;  // open ones, and dead letters
    std::int64_t newer_posts = 0;                 // posts of the feed above it
  };
  struct Reason {
    std::string code, text;  // "post_deleted", "the post is deleted"
  };
  static constexpr std::int64_t max_counted = 10000;  // of newer_posts

  Facts facts;
  std::vector<Reason> reasons;  // all that apply; the first decides
  std::string verdict;          // one sentence
  bool is_in_feed = false;      // by definition
  bool is_drift = false;        // the row is missing, and nothing will write it
};
// Error(not_found) if the user or the post does not exist.
Explanation explain_post(store::Database& database, Id user, Id post);

}  // namespace feedctl::operations
