#pragma once
// What is too big or too broken for a batch of events: rows of `jobs`, worked off in chunks. A
// chunk is one transaction that saves its effects with the cursor where the next one begins, so a
// job goes on where it was after any crash. Lanes are worked off side by side: a long job in one
// never delays another lane, and jobs of one lane take turns chunk by chunk. A job that fails is
// tried again with full jitter (0.5 s to 5 min); after 8 failures, or 3 crashes of its process, it
// becomes a dead letter. Thread-safe.
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "events/unit.hpp"
#include "store/database.hpp"

namespace feedctl::jobs {

enum class Lane { interactive = 0, bulk = 1, low = 2 };

struct NewJob {
  std::string kind;
  Lane lane = Lane::interactive;
  Id subject = 0;                                    // the post or user it is about
  std::string payload = "{}";                        // JSON
  std::optional<std::int64_t> total = std::nullopt;  // rows expected, for progress
  std::chrono::seconds delay{0};
};
// In the caller's transaction.
void add(store::WriteTx& tx, const NewJob& job);

struct Job {
  std::int64_t id = 0;
  std::string kind;
  Lane lane{};
  Id subject = 0;
  std::string payload;
  std::optional<std::string> cursor;
  std::int64_t done = 0;
  int attempts = 0;
};

// How far a chunk came. Without cursor the job is finished.
struct Chunk {
  std::optional<std::string> cursor = std::nullopt;
  std::int64_t rows = 0;
};
// Does one chunk within the unit; the job's row is locked. Must be idempotent like any handler.
using Work = std::function<Chunk(events::Unit&, const Job&)>;
using Kinds = std::map<std::string, Work>;

struct Lanes;
// Runs at most one chunk of one job of the lane, beside others of this process with the same
// `lanes` (jobs/lanes.hpp). False: nothing to do now.
bool run_one(store::Database& database, Lane lane, const Kinds& kinds, Lanes& lanes);
bool run_one(store::Database& database, Lane lane, const Kinds& kinds);

// Events that failed alone become jobs of this kind; `handle` is what they are tried with.
inline constexpr const char* event_kind = "event";
Work retry_events(events::Handler handle);
void park(events::Unit& unit, const events::Event& event, const std::string& error);
void bury(events::Unit& unit, const events::Event& event, int crashes);

struct Backlog {
  std::int64_t open[3];  // jobs, by lane
  std::chrono::seconds oldest;
  std::int64_t dead;
  bool put_off;  // a job or a claim, by a clock that was ahead
};
Backlog backlog(store::Database& database);
// What a clock that was ahead has put off waits from now for as long as it was to; how many.
std::size_t bring_forward(store::Database& database);

struct DeadLetter {
  std::int64_t id = 0;
  std::string kind;
  Id subject = 0;
  std::string payload, error;
  int attempts = 0, crashes = 0;
  Time created_at, died_at;
};
// The oldest first, ids above `after`; kind "" is any.
std::vector<DeadLetter> dead_letters(store::Database& database, const std::string& kind,
                                     std::int64_t after, int most);
// Those that a broker has not been told of, the oldest first.
std::vector<DeadLetter> unpublished_dead(store::Database& database, int most);
void mark_published(store::Database& database, const std::vector<std::int64_t>& ids);
std::optional<DeadLetter> dead_letter(store::Database& database, std::int64_t id);
// Makes it a job again, from where it was. False: there is none.
bool retry_dead(store::Database& database, std::int64_t id);
bool drop_dead(store::Database& database, std::int64_t id);
// Drops those that were given up longer than `keep` before `now`; how many.
std::size_t prune_dead(store::Database& database, std::chrono::milliseconds keep, Time now);

}  // namespace feedctl::jobs
