#pragma once
// Dead letters: jobs that were given up, for an operator to look at, retry or drop
// (`feedctl dlq`, lib/admin). Errors as of store::Database. Thread-safe.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::jobs {

struct DeadLetter {
  std::int64_t id = 0;
  std::string kind;
  Id subject = 0;
  std::string payload, error;
  int attempts = 0, crashes = 0;
  Time created_at, died_at;
};

// The oldest first, with ids above `after`. An empty kind is any kind.
std::vector<DeadLetter> list_dead_letters(store::Database& database, const std::string& kind,
                                          std::int64_t after, int limit);
// The newest first, with ids below `before`.
std::vector<DeadLetter> list_newest_dead_letters(store::Database& database, std::int64_t before,
                                                 int limit);
// Those that the broker has not been told of, the oldest first.
std::vector<DeadLetter> list_unpublished_dead_letters(store::Database& database, int limit);
void mark_published(store::Database& database, const std::vector<std::int64_t>& ids);
std::optional<DeadLetter> find_dead_letter(store::Database& database, std::int64_t id);

// What a dead letter is about.
struct DeadLetterSubject {
  std::string kind;
  Id subject = 0;
};
// Makes it a job again, which goes on from its cursor. nullopt: there is no such letter, or another
// transaction has retried or dropped it.
std::optional<DeadLetterSubject> retry_dead_letter(store::WriteTx& tx, std::int64_t id);
std::optional<DeadLetterSubject> drop_dead_letter(store::WriteTx& tx, std::int64_t id);

// Drops those that died longer than `retention` before `now`. Returns their number.
std::size_t prune_dead_letters(store::Database& database, std::chrono::milliseconds retention,
                               Time now);

}  // namespace feedctl::jobs
