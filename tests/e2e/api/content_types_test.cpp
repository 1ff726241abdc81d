// Row S1-23: a third type by configuration alone, from a fixture over HTTP to a flushed counter.
#include "support/api.hpp"
#include "support/eventually.hpp"
#include "support/redis_server.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::api;

namespace {

const std::vector<std::string> quiz_type{"--set", "content_types.quiz.question=text", "--set",
                                         "content_types.quiz.label=games.quiz"};

const std::string fixture_text =
    R"([{"model": "pages.page", "pk": 1, "fields": {"title": "p"}},)"
    R"({"model": "games.quiz", "pk": 1, "fields": {"title": "q", "question": "Who?"}},)"
    R"({"model": "pages.pagecontent", "pk": 1, "fields": {"page": 1, "object_id": 1, )"
    R"("content_type": ["games", "quiz"]}}])";

support::RunResult run_with_quiz(std::vector<std::string> words,
                                 const support::RunOptions& options) {
  words.insert(words.end(), quiz_type.begin(), quiz_type.end());
  return support::run_feedctl(words, options);
}

}  // namespace

TEST_CASE("contents of a type that only the configuration declares are loaded, shown and counted") {
  support::FreshDatabase database;
  test::RedisServer redis({"--appendonly", "yes", "--appendfsync", "always"});
  support::RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                         "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal(),
                         "FEEDCTL_REDIS_URL=" + redis.url()};
  const support::TempFolder folder;
  const auto seeded =
      run_with_quiz({"seed", "--fixtures", folder.write("f.json", fixture_text).string()}, options);
  INFO(seeded.err);
  REQUIRE(seeded.exit_code == 0);
  support::ServerProcess serve(database, {{"redis.url", redis.url()},
                                          {"redis.timeout", "10s"},
                                          {"content_types.quiz.question", "text"},
                                          {"content_types.quiz.label", "games.quiz"}});
  const auto http = serve.client();
  for (int i = 0; i < 3; ++i) {
    CHECK(http.get("/api/v1/pages/1").body ==
          R"({"id":1,"title":"p","contents":[{"id":1,"type":"quiz","title":"q","counter":0,)"
          R"("question":"Who?"}]})");
  }
  CHECK(support::eventually([&] { return redis.cli("HGET views:counter:games.quiz 1") == "3"; }));
  CHECK(support::eventually([&] {
    run_with_quiz({"flush-views", "-o", "json"}, options);
    return database.execute("SELECT counter FROM contents") == "3";
  }));
  CHECK(serve.stop() == 0);
}
