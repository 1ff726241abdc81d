// Warming of the newest posts' view totals: which posts, in what portions, and what fails.
#include <string>
#include <vector>

#include "base/error.hpp"
#include "cache/memory_cache.hpp"
#include "operations/cache_warmer.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"

using namespace feedctl;

namespace {

// 250 living posts, and the newest one deleted; no cache is shared.
struct NewestPosts {
  support::FreshDatabase fresh;
  store::Database database{options()};
  std::unique_ptr<cache::Cache> cache = cache::make_memory_cache();
  operations::CacheWarmerOptions warm;
  std::vector<std::vector<Id>> calls;

  NewestPosts() {
    fresh.execute(
        "INSERT INTO posts (id, shard, text) SELECT n, 0, 'x' FROM generate_series(1, 251) n");
    fresh.execute("UPDATE posts SET deleted_at = now() WHERE id = 251");
    warm.max_readers = 0;
    warm.warm_view_totals = [this](std::span<const Id> posts, bool) {
      calls.emplace_back(posts.begin(), posts.end());
      return operations::WarmedCount{static_cast<std::int64_t>(posts.size()) - 1, 1};
    };
  }
  store::Options options() const {
    auto options = support::long_timeouts();
    options.url = fresh.url();
    return options;
  }
  operations::CacheWarmerReport run() { return operations::warm_cache(database, *cache, warm); }
};

}  // namespace

TEST_CASE("the newest living posts' totals are warmed, at most a hundred at once") {
  NewestPosts posts;
  posts.warm.newest_posts = 220;
  std::int64_t progress = 0;
  posts.warm.on_progress = [&](std::int64_t entries) { progress += entries; };
  const auto report = posts.run();
  REQUIRE(posts.calls.size() == 3);
  CHECK(posts.calls[0].size() == 100);
  CHECK(posts.calls[0].front() == 250);
  CHECK(posts.calls[2].size() == 20);
  CHECK(posts.calls[2].back() == 31);
  REQUIRE(report.view_totals.has_value());
  CHECK(report.view_totals->filled == 217);
  CHECK(report.view_totals->already_cached == 3);
  CHECK(report.failed == 0);
  CHECK(progress == 220);
}

TEST_CASE("totals that cannot be warmed are counted, and the others are warmed") {
  NewestPosts posts;
  posts.warm.newest_posts = 150;
  int calls = 0;
  posts.warm.warm_view_totals = [&](std::span<const Id> some, bool dry_run) {
    CHECK(dry_run);
    if (++calls == 1) throw Error(ErrorCode::unavailable, "redis does not answer");
    return operations::WarmedCount{static_cast<std::int64_t>(some.size()), 0};
  };
  posts.warm.dry_run = true;
  const auto report = posts.run();
  CHECK(report.failed == 100);
  CHECK(report.view_totals->filled == 50);
}

TEST_CASE("warming of totals stops between two portions") {
  NewestPosts posts;
  posts.warm.newest_posts = 250;
  posts.warm.should_stop = [&] { return posts.calls.size() == 1; };
  CHECK(posts.run().stopped);
  CHECK(posts.calls.size() == 1);
}

TEST_CASE("without a Redis of view counters no totals are warmed") {
  NewestPosts posts;
  posts.warm.warm_view_totals = {};
  CHECK_FALSE(posts.run().view_totals.has_value());
  CHECK(posts.calls.empty());
}
