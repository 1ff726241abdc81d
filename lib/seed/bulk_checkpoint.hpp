#pragma once
// Checkpoint of a bulk load: the table seed_load, which exists from the load's begin to its end.
//
// It holds what is loaded, the steps that are done, and how to make the dropped keys and indexes
// again. The transaction of each step writes its note. Internal to lib/seed. Plain functions; SQL
// errors pass through.
#include <optional>
#include <set>
#include <string>

#include "seed/bulk_load.hpp"

namespace feedctl::seed::bulk_checkpoint {

// The choices that settle the partitions of user_feed.
struct FeedPlan {
  Id from = 0, floor = 0;
  Time at;
};

struct Checkpoint {
  Time begun_at;
  // nullopt: another version of feedctl began the load, which only that one could continue.
  std::optional<Shape> shape;
  BulkOptions options;  // those that the rows depend on
  std::set<std::string> done;
  std::optional<FeedPlan> feeds;
};

// nullopt: no load is unfinished.
std::optional<Checkpoint> load(store::Database& database);

void begin(store::WriteTx& tx, const Shape& shape, const BulkOptions& options);
void note_done(store::WriteTx& tx, const std::string& step);
void note_feed_plan(store::WriteTx& tx, const FeedPlan& plan);
// Forgets the done steps and the plan, as what they made is removed.
void forget_steps(store::WriteTx& tx);

}  // namespace feedctl::seed::bulk_checkpoint
