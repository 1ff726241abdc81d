// Who comes back after a year finds a whole first page at once, and it is the right one.
#include "support/api.hpp"
#include "support/worker_process.hpp"

using namespace feedctl;
using namespace feedctl::api;

namespace {

constexpr int redis = 12;

struct ReturningUserFixture {
  support::FreshDatabase database;
  std::string url = support::redis_url(redis);
  support::ServerProcess serve{database, {{"redis.url", url}, {"feed.index", "off"}}};
  HttpClient http = serve.client();
  std::int64_t reader = create_user(http, "reader");
  std::string authors;

  ReturningUserFixture() {
    for (int i = 0; i < 5; ++i) {
      const auto author = create_user(http, "a" + std::to_string(i));
      authors += (i == 0 ? "" : ",") + std::to_string(author);
      REQUIRE(http.post("/v1/users/" + std::to_string(author) + "/follow",
                        R"({"user_id":)" + std::to_string(reader) + "}")
                  .status == 200);
    }
    // Else the reader were answered by the definition for some seconds after these follows.
    forget();
  }

  // A server remembers for a while what a reader did last.
  void forget() {
    serve.kill();
    serve.start();
  }

  std::string sql(const std::string& text) const { return database.execute(text); }
  std::string state() const {
    return sql("SELECT coalesce((SELECT state FROM feed_state WHERE user_id = " +
               std::to_string(reader) + "), -1)");
  }
  // One by each author in turn, from `days` ago on and further back.
  void add_posts(int posts, int days) const {
    sql("WITH made AS (INSERT INTO posts (id, author_id, shard, created_at) SELECT "
        "feedctl_id_at(t), author, feedctl_shard(author), t FROM (SELECT now() - interval '" +
        std::to_string(days) + " days' - n * interval '1 day' AS t, (ARRAY[" + authors +
        "]::bigint[])[1 + n % 5] AS author FROM generate_series(1, " + std::to_string(posts) +
        ") n) x RETURNING id) INSERT INTO post_likes (post_id) SELECT id FROM made");
  }
  std::vector<std::int64_t> expected_feed(int limit) const {
    std::vector<std::int64_t> ids;
    const auto all =
        sql("SELECT string_agg(id::text, ',' ORDER BY id DESC) FROM (SELECT id FROM posts WHERE "
            "deleted_at IS NULL AND author_id IN (" +
            authors + ") ORDER BY id DESC LIMIT " + std::to_string(limit) + ") p");
    for (std::size_t at = 0; at < all.size();) {
      const auto comma = std::min(all.find(',', at), all.size());
      ids.push_back(std::stoll(all.substr(at, comma - at)));
      at = comma + 1;
    }
    return ids;
  }
  std::vector<std::int64_t> first_page(int limit) const {
    const auto answer =
        http.get("/v1/feed?user_id=" + std::to_string(reader) + "&limit=" + std::to_string(limit));
    REQUIRE(answer.status == 200);
    const auto body = parse_body(answer);
    CHECK_FALSE(support::member_in(body, "next_cursor").is_null());
    std::vector<std::int64_t> ids;
    for (const auto& post : list_member(body, "posts")) ids.push_back(integer_member(post, "id"));
    return ids;
  }
  // Seen, with rows and a list in Redis, and then not for a year: workers let the feed rest.
  void deactivate_reader() {
    {
      WorkerProcess work(database, url);
      first_page(50);
      REQUIRE(eventually([&] { return state() == "2"; }));
      first_page(20);
      work.stop();
    }
    sql("UPDATE feed_state SET seen_at = now() - interval '1 year'");
    // As if workers had run for long, and seen no jump of the clock.
    sql("UPDATE upkeep_clock SET uptime_ms = uptime_ms + 7200000");
    WorkerProcess work(database, url);
    REQUIRE(eventually([&] { return state() == "0"; }));
    work.stop();
    forget();
  }
};

void check_first_page(const ReturningUserFixture& world) {
  CHECK(world.first_page(50) == world.expected_feed(50));  // nobody has prepared anything
  CHECK(world.first_page(50).size() == 50);
  WorkerProcess work(world.database, world.url);
  REQUIRE(eventually([&] { return world.state() == "2"; }));
  for (const int limit : {10, 50, 100})
    CHECK(world.first_page(limit) == world.expected_feed(limit));
}

}  // namespace

TEST_CASE("a user who returns after a year gets a full first page on the first request") {
  ReturningUserFixture world;
  world.add_posts(300, 300);  // what they saw before
  world.deactivate_reader();
  world.add_posts(250, 0);             // meanwhile: of these nobody has made rows
  world.sql("DELETE FROM user_feed");  // the parts of their time are gone
  check_first_page(world);
}

TEST_CASE("a user who returns after a year gets a full first page of posts by inactive authors") {
  ReturningUserFixture world;
  world.add_posts(300, 370);  // all of it below the floor of the rows
  world.deactivate_reader();
  CHECK(world.sql("SELECT count(*) FROM user_feed") == "0");
  check_first_page(world);
}
