// A chunk of a fan-out job: its rows are inserted by a plain insert, or with a check for each.
#include "support/app/feed_fixture.hpp"
#include "support/catch.hpp"

namespace feedctl::test {

namespace {

feed_materialized::Options with_chunk_size(int followers) {
  feed_materialized::Options options;
  options.fan_out_job_above = 1;
  options.followers_per_chunk = followers;
  return options;
}

// An author with five readers, and one follower among them who has no materialized feed.
struct LargeAuthorFixture {
  explicit LargeAuthorFixture(FeedFixture& world) : author(world.app.add_user()) {
    for (int i = 0; i < 5; ++i) {
      readers.push_back(world.add_materialized_user());
      if (i == 2) idle = world.app.add_user();
    }
    for (const auto reader : readers) world.follows.follow(reader, author);
    world.follows.follow(idle, author);
    world.handle_all_events();
  }
  Id author = 0, idle = 0;
  std::vector<Id> readers;
};

}  // namespace

TEST_CASE("a fan-out creates the same rows whatever the planner's statistics") {
  const std::string statistics = GENERATE("", "ANALYZE", "ANALYZE many");
  FeedFixture world(with_chunk_size(2));
  const LargeAuthorFixture big(world);
  if (statistics == "ANALYZE many")
    world.app.sql(
        "INSERT INTO feed_state (user_id, state) SELECT n, 2 FROM generate_series(1, 60) n");
  if (!statistics.empty()) world.app.sql("ANALYZE feed_state");
  const auto post = world.post(big.author);
  world.handle_all_events();
  world.run_all_jobs();
  std::set<std::pair<Id, Id>> expected;
  for (const auto reader : big.readers) expected.emplace(reader, post);
  CHECK(world.rows() == expected);
  CHECK(world.jobs("fan_out") == 0);
}

TEST_CASE("existing rows do not stop a fan-out") {
  FeedFixture world(with_chunk_size(4));
  const LargeAuthorFixture big(world);
  world.app.sql("ANALYZE feed_state");
  const auto post = world.post(big.author);
  world.handle_all_events();
  const auto there = std::to_string(big.readers[1]) + ", " + std::to_string(post) + ", " +
                     std::to_string(big.author);
  world.app.sql("INSERT INTO user_feed (user_id, post_id, author_id) VALUES (" + there + ")");
  world.run_all_jobs();
  CHECK(world.rows().size() == 5);
  CHECK(world.jobs("fan_out") == 0);
  CHECK(world.app.count("dead_events") == 0);
}

}  // namespace feedctl::test
