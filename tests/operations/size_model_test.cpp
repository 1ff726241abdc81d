// The capacity model: pure functions, without a database.
#include "operations/size_model.hpp"

#include <algorithm>
#include <cmath>

#include "operations/size_compare.hpp"
#include "support/catch.hpp"

using namespace feedctl::operations;

namespace {

bool is_close(double value, double expected) {
  return std::abs(value - expected) <= 1e-6 * std::abs(expected);
}

SizePlan million() {
  SizePlan plan;
  plan.users = 1e6;
  plan.follows = 1e7;
  plan.posts_per_day = 1e6 / 30;
  plan.likes_per_day = 1e7 / 30;
  plan.views_per_day = 1e5;
  plan.days_kept = 30;
  return plan;
}

SizePrediction predict_plan(const SizePlan& plan, const Ceilings& ceilings = {}) {
  return predict(plan, population_of(plan), ceilings);
}

double bytes_of(const SizePrediction& found, std::string_view name) {
  const auto group = std::find_if(found.groups.begin(), found.groups.end(),
                                  [&](const GroupSize& g) { return g.group == name; });
  REQUIRE(group != found.groups.end());
  return group->bytes;
}

}  // namespace

TEST_CASE("the rows of a plan are its counts by its days") {
  const auto rows = population_of(million());
  CHECK(is_close(rows.posts, 1e6));
  CHECK(is_close(rows.likes, 1e7));
  CHECK(is_close(rows.active_users, 1e5));
  CHECK(is_close(rows.seen_views, 4e5));
  CHECK(is_close(rows.events, 3 * (1e6 + 1e7) / 30));
}

TEST_CASE("twice the rows take twice the bytes, and the total is the sum of the groups") {
  auto plan = million();
  const auto once = predict_plan(plan);
  plan.likes_per_day *= 2;
  const auto twice = predict_plan(plan);
  CHECK(is_close(bytes_of(twice, "likes"), 2 * bytes_of(once, "likes")));
  CHECK(is_close(bytes_of(twice, "users"), bytes_of(once, "users")));
  CHECK(is_close(once.total_bytes, sum_bytes(once.groups)));
  CHECK(twice.writes_a_second > once.writes_a_second);
}

TEST_CASE("pages that were bulk loaded take less room than pages in use") {
  auto plan = million();
  const auto grown = predict_plan(plan).total_bytes;
  plan.layout = PageLayout::packed;
  CHECK(predict_plan(plan).total_bytes < grown);
}

TEST_CASE("the rows of home feeds cost nothing when off, and for all ten times the active tenth") {
  const auto plan = million();
  const auto costs = predict_plan(plan).feed_row_costs;
  REQUIRE(costs.size() == 3);
  CHECK(costs[0].setting == FeedRows::off);
  CHECK(costs[0].rows == 0);
  CHECK(costs[0].bytes == 0);
  CHECK(is_close(costs[2].rows, 10 * costs[1].rows));
  CHECK(is_close(costs[2].wal_a_day, 10 * costs[1].wal_a_day));
  auto without = plan;
  without.feed_rows = FeedRows::off;
  CHECK(bytes_of(predict_plan(without), "feed_rows") == 0);
}

TEST_CASE("rows of home feeds do not grow beyond the days that they are kept") {
  auto plan = million();
  plan.days_kept = 90;
  const auto kept = population_of(plan).feed_rows;
  plan.days_kept = 900;
  CHECK(is_close(population_of(plan).feed_rows, kept));
}

TEST_CASE("the resource with the largest share of its limit ends first") {
  const auto plan = million();
  Ceilings ceilings;
  ceilings.disk_bytes = 1e15;
  ceilings.memory_bytes = 1e15;
  ceilings.writes_a_second = 1e9;
  ceilings.feed_rows_a_second = 1e9;
  for (const char* resource : {"disk", "memory", "writes a second", "feed rows a second"}) {
    auto scarce = ceilings;
    const std::string_view name(resource);
    if (name == "disk") scarce.disk_bytes = 1e6;
    if (name == "memory") scarce.memory_bytes = 1e6;
    if (name == "writes a second") scarce.writes_a_second = 0.001;
    if (name == "feed rows a second") scarce.feed_rows_a_second = 0.001;
    const auto first = predict_plan(plan, scarce).usages.front();
    CHECK(first.resource == name);
    CHECK(first.share() > 1);
  }
}

TEST_CASE("an unknown limit never ends first, and the disk is full after its room by its growth") {
  const auto plan = million();
  Ceilings ceilings;
  ceilings.memory_bytes = 1e15;
  CHECK(predict_plan(plan, ceilings).usages.front().resource == "memory");
  CHECK_FALSE(predict_plan(plan, ceilings).days_until_disk_full);
  ceilings.disk_bytes = 1e12;
  const auto found = predict_plan(plan, ceilings);
  REQUIRE(found.days_until_disk_full);
  CHECK(is_close(*found.days_until_disk_full,
                 (1e12 - found.total_bytes - found.wal_kept) / found.bytes_a_day));
  ceilings.disk_bytes = 1;
  CHECK(predict_plan(plan, ceilings).days_until_disk_full == 0.0);
}

TEST_CASE("the memory of serve grows with readers up to the limits of its configuration") {
  auto plan = million();
  const auto memory = predict_plan(plan).serve_memory;
  plan.active_share = 1;
  CHECK(predict_plan(plan).serve_memory > memory);
  plan.active_share = 0.1;
  plan.index_bytes = plan.fragment_bytes = 0;
  // What remains is the program and its table of accounts.
  CHECK(is_close(predict_plan(plan).serve_memory, 29.0 * (1 << 20) + 64 * 1e6));
}

TEST_CASE("a plan of nothing predicts an empty database") {
  const auto found = predict_plan({}, measured_ceilings());
  CHECK(found.bytes_a_day == 0);
  CHECK(found.writes_a_second == 0);
  CHECK(is_close(found.total_bytes, bytes_of(found, "catalog")));
  CHECK(found.usages.size() == 4);
}

TEST_CASE("a measured disk is limited by what other files leave free") {
  auto found = predict_plan(million());
  StatsReport stats;
  stats.database_bytes = 300'000'000;
  stats.wal_bytes = 100'000'000;
  use_measured_disk(found, stats, 1.6e9);
  const auto disk = std::find_if(found.usages.begin(), found.usages.end(),
                                 [](const Usage& usage) { return usage.resource == "disk"; });
  REQUIRE(disk != found.usages.end());
  CHECK(is_close(disk->used, 4e8));
  CHECK(is_close(disk->limit, 2e9));
  REQUIRE(found.days_until_disk_full);
  CHECK(is_close(*found.days_until_disk_full, 1.6e9 / found.bytes_a_day));

  Ceilings ceilings;
  ceilings.disk_bytes = 1e9;
  found = predict_plan(million(), ceilings);
  use_measured_disk(found, stats, 1.6e9);
  CHECK(is_close(*found.days_until_disk_full, 6e8 / found.bytes_a_day));
}
