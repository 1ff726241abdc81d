#pragma once
// Puts a generated world into a database, in one of two ways. Both need the owner's connection.
//
// load_bulk: into an empty one, by parallel COPY, indexes after, over several transactions. Read
// models and counters are what the workers would have made, and no events are written. What breaks
// off leaves a mark (the table seed_load) that the next load finds; one that is stopped cleans up.
//
// append: into one that may be in use, by transactions of bounded size, each consistent by itself
// and with the events of all its rows; feeds and rankings are left to the workers. How far it is
// stands in seed_appends, so one that was broken off or stopped goes on where it was.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "seed/generate.hpp"
#include "store/database.hpp"

namespace feedctl::seed {

enum class Feeds { active, all, none };

struct BulkOptions {
  Feeds feeds = Feeds::active;          // whose rows of user_feed are made
  int active_days = 30;                 // active: posted or liked something in these
  std::size_t pull_above = 50000;       // followers; such authors are merged at read
  std::size_t rows_a_part = 4'000'000;  // of user_feed
  bool discard = false;                 // empty what a broken-off load left, and begin anew
  // Told what goes on, and of rows that are in; the latter's false stops. From the caller's thread.
  std::function<void(const std::string& phase)> on_phase;
  std::function<bool(std::size_t rows)> on_rows;
};

struct BulkReport {
  std::size_t users = 0, posts = 0, follows = 0, likes = 0;
  std::size_t active = 0, pull_authors = 0, feed_rows = 0, feed_parts = 0;
  std::vector<std::pair<std::string, double>> seconds;  // by phase
};

// Error(bad_data) where the database is not empty or a load was broken off, Error(failed) where
// others of feedctl are connected; Error(lock_held) while another one runs.
void check_bulk(store::Database& owner, const BulkOptions& options);
BulkReport load_bulk(const store::Options& owner, const Generated& world,
                     const BulkOptions& options);
// The same without the database: what would be written.
BulkReport plan_bulk(const Generated& world, const BulkOptions& options);

struct AppendOptions {
  std::size_t step = 2000;  // rows a transaction
  std::function<bool(std::size_t rows)> on_rows;
};
struct AppendReport {
  std::size_t users = 0, posts = 0, follows = 0, likes = 0, transactions = 0;
  bool stopped = false;
};

// The most followed of those who are there, to take part in what is added.
std::vector<Id> known_people(store::Database& owner, std::size_t most = 10'000);

// The world to add: that of this seed's append which is not finished, else a new one of `shape`.
struct AppendWorld {
  Generated world;
  bool goes_on = false;
  std::size_t rows_in = 0;  // of users, follows, posts and likes, by earlier runs
};
// Error(bad_data) where people of this seed were added already, or by other counts.
AppendWorld plan_append(store::Database& owner, const Shape& shape);

// Adds what of a planned world is not in. The report counts what this call added. Error(bad_data)
// where people of this seed are there already; Error(lock_held) while another one adds them.
AppendReport append(store::Database& owner, Generated world, const AppendOptions& options);

}  // namespace feedctl::seed
