// Rows S1-2 to S1-5, S1-11 and S4-20: pages by HTTP, and the impressions that reading them makes.
#include "support/api.hpp"
#include "support/eventually.hpp"
#include "support/redis_server.hpp"

using namespace feedctl;
using namespace feedctl::api;

namespace {

void seed_sample(const support::FreshDatabase& database) {
  support::RunOptions run;
  run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                     "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal()};
  const auto sample = std::string(std::getenv("FEEDCTL_SOURCE")) + "/fixtures/sample_content.json";
  const auto done = support::run_feedctl({"seed", "--fixtures", sample}, run);
  INFO(done.err);
  REQUIRE(done.exit_code == 0);
}

// Of the contents of page 1, as "5 5 5 5".
std::string counters(const support::FreshDatabase& database) {
  return database.execute(
      "SELECT string_agg(c.counter::text, ' ' ORDER BY l.position) FROM page_contents l "
      "JOIN contents c ON c.id = l.content_id WHERE l.page_id = 1");
}

}  // namespace

TEST_CASE("pages are listed with links, and shown with contents of both types") {
  support::FreshDatabase database;
  seed_sample(database);
  support::ServerProcess serve(database);
  const auto http = serve.client();
  const auto list = parse_body(http.get("/api/v1/pages/"));
  CHECK(integer_member(list, "count") == 3);
  CHECK(support::member_in(list, "next").is_null());
  CHECK(support::member_in(list, "previous").is_null());
  REQUIRE(list_member(list, "results").size() == 3);
  const auto url = text_member(list_member(list, "results")[0], "url");
  const auto origin = "http://127.0.0.1:" + std::to_string(serve.port());
  REQUIRE(url == origin + "/api/v1/pages/1/");

  const auto page = parse_body(http.get(url.substr(origin.size())));
  CHECK(text_member(page, "title") == "How bread rises");
  const auto& contents = list_member(page, "contents");
  REQUIRE(contents.size() == 4);
  CHECK(text_member(contents[0], "type") == "video");
  CHECK(text_member(contents[0], "file_url").find("https://") == 0);
  CHECK(text_member(contents[0], "subtitles_url").find("https://") == 0);
  CHECK(text_member(contents[1], "type") == "audio");
  CHECK_FALSE(text_member(contents[1], "text").empty());
  CHECK(integer_member(contents[1], "counter") == 0);

  for (const char* missing : {"/api/v1/pages/?page=2", "/api/v1/pages/4/", "/api/v1/pages/x"}) {
    INFO(missing);
    const auto response = http.get(missing);
    CHECK(response.status == 404);
    CHECK(response.header("content-type") == "application/problem+json");
  }
  CHECK(http.post("/api/v1/pages/").status == 405);
}

TEST_CASE("each reading of a page counts its contents, also in the last moment before serve ends") {
  support::FreshDatabase database;
  seed_sample(database);
  support::ServerProcess serve(database);
  const auto http = serve.client();
  for (int i = 0; i < 5; ++i) CHECK(http.get("/api/v1/pages/1/").status == 200);
  CHECK(http.send("HEAD", "/api/v1/pages/1/").status == 200);
  CHECK(http.get("/api/v1/pages/").status == 200);
  CHECK(serve.stop() == 0);
  CHECK(counters(database) == "5 5 5 5");
}

TEST_CASE("with a Redis impressions are buffered there, by label") {
  support::FreshDatabase database;
  seed_sample(database);
  test::RedisServer redis;
  support::ServerProcess serve(database, {{"redis.url", redis.url()}, {"redis.timeout", "10s"}});
  const auto http = serve.client();
  for (int i = 0; i < 3; ++i) CHECK(http.get("/api/v1/pages/1/").status == 200);
  const auto video =
      database.execute("SELECT id FROM contents WHERE type = 'video' AND fixture_key = 1");
  const auto key = "HGET views:counter:pages.videocontent " + video;
  CHECK(support::eventually([&] { return redis.cli(key) == "3"; }));
  CHECK(serve.stop() == 0);
  CHECK(redis.cli("HVALS views:counter:pages.audiocontent") == "3\n3");
  CHECK(redis.cli("SCARD views:labels") == "2");
  CHECK(counters(database) == "0 0 0 0");
}

TEST_CASE("a Redis that does not answer neither fails nor delays the reading of a page") {
  support::FreshDatabase database;
  seed_sample(database);
  test::RedisServer redis;
  support::ServerProcess serve(database, {{"redis.url", redis.url()}, {"redis.timeout", "1s"}});
  const auto http = serve.client();
  redis.freeze();
  for (int i = 0; i < 20; ++i) CHECK(http.get("/api/v1/pages/1/").status == 200);
  redis.resume();
  CHECK(serve.stop() == 0);
}
