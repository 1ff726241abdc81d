#pragma once
// Why a post is, or is not, in a user's feed; and what became of a post's fan-out. Each reads one
// snapshot. For operators: they read the log's waiting end, which is short unless workers are down.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::verify {

struct Explanation {
  struct Condition {
    std::string name, answer;
  };
  std::vector<Condition> conditions;
  std::string verdict;   // one sentence
  bool in_feed = false;  // by definition
  bool drift = false;    // a row is missing, and nothing will bring it
};
Explanation explain(store::Database& database, Id user, Id post);

struct Trace {
  struct Job {
    bool dead = false;
    std::int64_t id = 0;
    std::string kind;
    std::int64_t done = 0;
    std::optional<std::int64_t> total;
    std::optional<std::string> cursor;
    int attempts = 0;
    std::optional<std::string> error;
    Time created_at;
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
  std::string verdict() const;
};
// nullopt: there is no such post.
std::optional<Trace> trace(store::Database& database, Id post);

}  // namespace feedctl::verify
