// A big author's post: the rows of a chunk, by one pass or one by one.
#include "feed/world.hpp"
#include "support/catch.hpp"

namespace feedctl::test {

namespace {

feed::Options in_chunks_of(int followers) {
  feed::Options options;
  options.direct_followers = 1;
  options.followers_a_chunk = followers;
  return options;
}

// An author with five readers and, between them, a follower that no rows are kept for.
struct Big {
  explicit Big(World& world) : author(world.app.add_user()) {
    for (int i = 0; i < 5; ++i) {
      readers.push_back(world.reader());
      if (i == 2) idle = world.app.add_user();
    }
    for (const auto reader : readers) world.follows.follow(reader, author);
    world.follows.follow(idle, author);
    world.handle_all();
  }
  Id author = 0, idle = 0;
  std::vector<Id> readers;
};

}  // namespace

TEST_CASE("a fan-out makes the same rows whatever the statistics say about its readers") {
  const std::string statistics = GENERATE("", "ANALYZE", "ANALYZE many");
  World world(in_chunks_of(2));
  const Big big(world);
  if (statistics == "ANALYZE many")
    world.app.sql(
        "INSERT INTO feed_state (user_id, state) SELECT n, 2 FROM generate_series(1, 60) n");
  if (!statistics.empty()) world.app.sql("ANALYZE feed_state");
  const auto post = world.post(big.author);
  world.handle_all();
  world.work_all();
  std::set<std::pair<Id, Id>> expected;
  for (const auto reader : big.readers) expected.emplace(reader, post);
  CHECK(world.rows() == expected);
  CHECK(world.jobs("fan_out") == 0);
}

TEST_CASE("rows that are there already stop no fan-out") {
  World world(in_chunks_of(4));
  const Big big(world);
  world.app.sql("ANALYZE feed_state");
  const auto post = world.post(big.author);
  world.handle_all();
  const auto there = std::to_string(big.readers[1]) + ", " + std::to_string(post) + ", " +
                     std::to_string(big.author);
  world.app.sql("INSERT INTO user_feed (user_id, post_id, author_id) VALUES (" + there + ")");
  world.work_all();
  CHECK(world.rows().size() == 5);
  CHECK(world.jobs("fan_out") == 0);
  CHECK(world.app.count("dead_events") == 0);
}

}  // namespace feedctl::test
