#pragma once
// Why a post is, or is not, in a user's feed; and what became of a post's fan-out. Each reads one
// snapshot. For operators: they read the log's waiting end, which is short unless workers are down.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::verify {

struct Explanation {
  enum class Rows { off, filling, on };
  // What decides it. nullopt: the post has no author.
  struct Facts {
    bool user_lives = false, post_lives = false;
    std::optional<bool> author_lives;
    std::optional<Id> author;
    std::optional<std::string> user_handle, author_handle;
    std::optional<Time> posted_at;
    bool own = false, follows = false;
    std::optional<Time> follows_since;  // where the log or the server still knows it
    bool pull = false;                  // the author is merged at read
    bool above_floor = false, has_part = false;
    Rows rows = Rows::off;
    std::optional<std::int64_t> generation;
    std::optional<Time> seen_at;  // when the user read the feed last, to the hour
    bool row = false;
    bool post_waits = false, follow_waits = false;  // their events are not passed yet
    std::vector<std::string> jobs, dead_letters;    // open, and given up
    std::int64_t newer = 0;                         // living posts of the feed above it
  };
  struct Reason {
    std::string code, text;  // "post_deleted", "the post is deleted"
  };
  static constexpr std::int64_t most_counted = 10000;  // of `newer`

  Facts facts;
  std::vector<Reason> reasons;  // every one that holds; the first decides
  std::string verdict;          // one sentence
  bool in_feed = false;         // by definition
  bool drift = false;           // a row is missing, and nothing will bring it
};
// Error(not_found) where there is no such user or no such post.
Explanation explain(store::Database& database, Id user, Id post);

// How long the rows of a fan-out took, from the post's commit to theirs.
struct Lag {
  bool tracked = false;  // the server keeps the times of commits
  bool event = false;    // the log still has PostCreated
  std::optional<std::chrono::microseconds> p50, p99, longest;
  std::int64_t rows = 0;          // that were measured
  std::int64_t transactions = 0;  // batches and chunks that they came by
  std::int64_t backfilled = 0;    // by a later follow or activation: not measured
  // Why there are no figures, or "".
  std::string missing() const;
};

struct Trace {
  struct Job {
    bool dead = false;
    std::int64_t id = 0;
    std::string kind;
    std::int64_t done = 0, chunks = 0;
    std::optional<std::int64_t> total;
    std::optional<std::string> cursor;
    int attempts = 0;
    std::optional<std::string> error;
    Time created_at;
    // By the size of those that are done; nullopt where that tells nothing.
    std::optional<std::int64_t> chunks_left() const;
  };
  Time created_at;
  bool living = false;
  std::optional<Id> author;
  bool waiting = false;  // PostCreated is not passed yet
  bool pull = false;     // merged at read, so it has no rows
  bool above_floor = false;
  std::int64_t followers = 0, active = 0;  // active: rows are kept for them
  std::int64_t rows = 0;                   // of the active ones
  std::vector<Job> jobs;
  Lag lag;
  std::string verdict() const;
};
// nullopt: there is no such post.
std::optional<Trace> trace(store::Database& database, Id post);

}  // namespace feedctl::verify
