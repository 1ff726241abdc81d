// feedctl seed --import, as a process: what it prints, and what serve and work show of it.
#include <cstdlib>
#include <string>
#include <vector>

#include "import_fixture.hpp"
#include "support/api.hpp"
#include "support/catch.hpp"
#include "support/failpoint_hits.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

std::string archive(const std::string& name) {
  return std::string(std::getenv("FEEDCTL_SOURCE")) + "/fixtures/archives/" + name;
}

support::RunResult seed(const support::FreshDatabase& fresh, std::vector<std::string> words,
                        const std::string& failpoint = "") {
  words.insert(words.begin(), "seed");
  support::RunOptions run;
  run.environment = {"FEEDCTL_DATABASE_URL=" + fresh.url().reveal(),
                     "FEEDCTL_DATABASE_OWNER_URL=" + fresh.owner_url().reveal(), "FEEDCTL_CONFIG"};
  if (!failpoint.empty()) run.environment.push_back("FEEDCTL_FAILPOINT=" + failpoint);
  return support::run_feedctl(words, run);
}

json::Array reports_of(const support::RunResult& result) {
  INFO(result.out << result.err);
  REQUIRE(result.exit_code == 0);
  const auto value = json::parse(result.out);
  REQUIRE(value.array());
  return *value.array();
}

// The texts of the posts of a page.
std::vector<std::string> texts_of(const support::HttpResponse& answer) {
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  std::vector<std::string> texts;
  for (const auto& post : api::list_member(api::parse_body(answer), "posts"))
    texts.push_back(api::text_member(post, "text"));
  return texts;
}

}  // namespace

TEST_CASE("archives of all networks are imported by one command, and once") {
  const support::FreshDatabase fresh;
  std::vector<std::string> words{"-o", "json"};
  for (const char* name :
       {"mastodon.tar.gz", "twitter.zip", "twitter-2018.zip", "notes-ada.json", "bluesky.car"})
    words.insert(words.end(), {"--import", archive(name)});
  const auto reports = reports_of(seed(fresh, words));
  REQUIRE(reports.size() == 5);
  CHECK(api::text_member(reports[0], "handle") == "ada");
  CHECK(api::integer_member(reports[0], "posts_added") == 4);
  CHECK(api::text_member(reports[1], "account") == "twitter:1001");
  CHECK(api::text_member(reports[1], "handle") == "adaofthelake");
  CHECK(api::integer_member(reports[1], "posts_added") == 4);
  // Of the followed accounts one comes in a later archive.
  CHECK(api::integer_member(reports[1], "follows_added") == 1);
  CHECK(api::integer_member(reports[1], "follows_unknown") == 1);
  CHECK(api::integer_member(*reports[1].find("left_out"), "repost") == 1);
  CHECK(api::text_member(reports[3], "handle") == "ada_misskey");
  CHECK(count(fresh, "users") == 5);
  CHECK(count(fresh, "follows") == 1);
  check_consistent(fresh);
  for (const auto& report : reports_of(seed(fresh, words))) {
    CHECK(api::integer_member(report, "posts_added") == 0);
    CHECK(api::integer_member(report, "follows_added") == 0);
  }
  CHECK(count(fresh, "users") == 5);
}

TEST_CASE("a running system shows imported posts in author lists and home feeds") {
  const support::FreshDatabase fresh;
  const support::ServerProcess serve(fresh);
  support::WorkerProcesses workers(fresh, 1);
  const auto http = serve.client();
  const auto reader = std::to_string(api::create_user(http, "reader"));
  const auto ada = std::to_string(api::create_user(http, "ada"));
  REQUIRE(
      http.send_until_available("POST", "/v1/users/" + ada + "/follow", "", {{"X-User-Id", reader}})
          .status == 200);
  const auto feed = [&] { return texts_of(http.get("/v1/feed?limit=10&user_id=" + reader)); };
  CHECK(feed().empty());
  const auto reports = reports_of(seed(
      fresh, {"--import", archive("twitter.zip"), "--as", "ada", "--no-replies", "-o", "json"}));
  CHECK(api::text_member(reports.at(0), "handle") == "ada");
  CHECK(api::integer_member(*reports[0].find("left_out"), "reply") == 1);
  const std::vector<std::string> expected{
      "The timetable: https://lake.example/times?day=sat&dir=north & the map: "
      "https://lake.example/map",
      "Same second, second thought.", "To the ferry <3"};
  CHECK(support::eventually([&] { return feed() == expected; }));
  CHECK(support::eventually(
      [&] { return texts_of(http.get("/v1/users/" + ada + "/posts?limit=10")) == expected; }));
  REQUIRE(support::eventually([&] { return support::is_backlog_empty(fresh); }));
  std::string printed;
  const int drift = support::run_verify(fresh, printed);
  INFO(printed);
  CHECK(drift == 0);
}

TEST_CASE("what cannot be imported is refused with its reason") {
  const support::FreshDatabase fresh;
  const support::TempFolder folder;
  const auto code = [&](std::vector<std::string> words, const std::string& part) {
    const auto result = seed(fresh, std::move(words));
    INFO(result.err);
    CHECK(result.err.find(part) != std::string::npos);
    CHECK(result.out.empty());
    return result.exit_code;
  };
  CHECK(code({"--import", folder.path() / "none.zip"}, "none.zip") == 65);
  CHECK(code({"--import", folder.write("text.json", "{}")}, "no archive of a known network") == 65);
  CHECK(code({"--import", archive("misskey.zip")}, "--as HANDLE") == 65);
  CHECK(code({"--import", archive("misskey.zip"), "--as", "Ada L"}, "not a handle") == 64);
  CHECK(count(fresh, "users") == 0);
}

TEST_CASE("a dry run of the command adds nothing") {
  const support::FreshDatabase fresh;
  const auto reports =
      reports_of(seed(fresh, {"--import", archive("twitter.zip"), "--dry-run", "-o", "json"}));
  CHECK(api::integer_member(reports.at(0), "posts_added") == 4);
  CHECK(api::bool_member(reports[0], "dry_run"));
  CHECK(count(fresh, "users") + count(fresh, "posts") == 0);
}

TEST_CASE("an import whose process is killed around a commit completes when it runs again") {
  if (support::declared_failpoints().empty()) return;
  for (const char* point : {"imports.batch.before=kill", "imports.batch.after=kill"}) {
    INFO(point);
    const support::FreshDatabase fresh;
    CHECK(seed(fresh, {"--import", archive("twitter.zip")}, point).exit_code == 137);
    const auto reports =
        reports_of(seed(fresh, {"--import", archive("twitter.zip"), "-o", "json"}));
    CHECK(api::integer_member(reports.at(0), "posts_added") +
              api::integer_member(reports[0], "posts_known") ==
          4);
    CHECK(count(fresh, "posts") == 4);
    CHECK(count(fresh, "users") == 1);
    check_consistent(fresh);
  }
}
