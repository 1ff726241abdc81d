// `feedctl loadtest` as a process against a whole serve.
#include <csignal>

#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/json.hpp"
#include "support/migrate.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"

namespace feedctl {
namespace {

using support::FreshDatabase;
using support::RunResult;
using support::ServerProcess;
using Words = std::vector<std::string>;

std::string url_of(const ServerProcess& serve) {
  return "http://127.0.0.1:" + std::to_string(serve.port());
}

RunResult loadtest(Words words) {
  words.insert(words.begin(), "loadtest");
  return support::run_feedctl(words);
}

// Against a server, without warm-up.
RunResult loadtest(const ServerProcess& serve, const Words& words) {
  Words all{"--url", url_of(serve), "--warm-up", "0s"};
  all.insert(all.end(), words.begin(), words.end());
  return loadtest(all);
}

bool contains(const std::string& whole, const std::string& part) {
  return whole.find(part) != std::string::npos;
}

const json::Value& operation_in(const json::Value& result, const std::string& name) {
  for (const auto& operation : support::list_in(result, "operations")) {
    if (support::text_in(operation, "name") == name) return operation;
  }
  throw std::runtime_error("no operation " + name);
}

// Requests of one outcome; 0 where none had it.
std::int64_t outcome_of(const json::Value& operation, const std::string& outcome) {
  const auto* count = support::member_in(operation, "outcomes").find(outcome);
  return count == nullptr ? 0 : *count->integer();
}

std::int64_t requests_of(const json::Value& operation) {
  std::int64_t sum = 0;
  for (const auto& [name, count] : *support::member_in(operation, "outcomes").object())
    sum += *count.integer();
  return sum;
}

std::int64_t rows(const FreshDatabase& database, const std::string& table) {
  return std::stoll(database.execute("SELECT count(*) FROM " + table));
}

}  // namespace

TEST_CASE("a load test reports what the database has") {
  const FreshDatabase database;
  const ServerProcess serve(database);
  const support::TempFolder folder;
  const auto report = (folder.path() / "out.html").string();
  const auto result = (folder.path() / "out.json").string();

  const auto ran = loadtest(serve, {"--users", "20", "--rate", "50", "--duration", "3s", "--slo",
                                    "rate>1", "--slo", "p50<1000s", "--label", "branch=main",
                                    "--report", report, "--result", result, "-o", "json"});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  const auto printed = json::parse(ran.out);
  CHECK(support::integer_in(printed, "feedctl_loadtest") == 1);
  CHECK(support::text_in(printed, "url") == url_of(serve));
  CHECK(support::text_in(printed, "mix") == "default");
  CHECK(support::text_in(printed, "model") == "open");
  CHECK_FALSE(support::flag_in(printed, "was_interrupted"));
  CHECK(support::text_in(support::member_in(printed, "labels"), "branch") == "main");
  REQUIRE(support::list_in(printed, "slos").size() == 2);
  CHECK(support::flag_in(support::list_in(printed, "slos").front(), "is_met"));
  std::int64_t requests = support::integer_in(printed, "skipped_arrivals");
  for (const auto& operation : support::list_in(printed, "operations"))
    requests += requests_of(operation);
  CHECK(requests >= 149);
  CHECK(requests <= 151);

  CHECK(rows(database, "users") == 20);
  // A request without an answer may or may not have written its row.
  const auto& posts = operation_in(printed, "post");
  CHECK(rows(database, "posts") >= outcome_of(posts, "ok"));
  CHECK(rows(database, "posts") <= requests_of(posts));
  CHECK(outcome_of(posts, "ok") > 0);
  CHECK(rows(database, "likes") <= requests_of(operation_in(printed, "like")));

  CHECK(support::read_file(result) == ran.out);
  CHECK(contains(support::read_file(report), "<html"));

  // The same users are found again, and are the ones that act.
  const auto again = loadtest(serve, {"--users", "20", "--rate", "20", "--duration", "1s"});
  INFO(again.err);
  CHECK(again.exit_code == 0);
  CHECK(contains(again.out, "feed"));
  CHECK(rows(database, "users") == 20);
}

TEST_CASE("metrics of a further process are read, too") {
  const FreshDatabase database;
  const ServerProcess serve(database), other(database);
  const auto ran =
      loadtest(serve, {"--users", "2", "--rate", "5", "--duration", "1s", "--metrics",
                       url_of(other), "--metrics", "http://127.0.0.1:1", "-o", "json"});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  std::string notes;
  for (const auto& note : support::list_in(json::parse(ran.out), "notes")) notes += *note.text();
  CHECK(contains(notes, "http://127.0.0.1:1/metrics gave no figures"));
  CHECK_FALSE(contains(notes, url_of(other)));
}

TEST_CASE("a missed objective is named, and the exit code is 3") {
  const FreshDatabase database;
  const ServerProcess serve(database);
  const auto ran =
      loadtest(serve, {"--mix", "read-heavy", "--users", "2", "--closed", "--connections", "2",
                       "--duration", "500ms", "--slo", "p50<1us", "--slo", "errors<=100%"});
  CHECK(ran.exit_code == 3);
  CHECK(contains(ran.err, "missed: p50<1us (measured "));
  CHECK_FALSE(contains(ran.err, "errors<=100%"));
  CHECK(contains(ran.out, "feed"));
}

TEST_CASE("users are found on the server, or the command says how to get some") {
  const FreshDatabase database;
  const ServerProcess serve(database);
  const auto empty = loadtest(serve, {"--duration", "1s"});
  CHECK(empty.exit_code == 1);
  CHECK(contains(empty.err, "--users 100"));

  // Nobody acts in this mix.
  const support::TempFolder folder;
  const auto mix = folder.write("hot.yaml", "operations: {hot: 1}\n").string();
  CHECK(loadtest(serve, {"--mix", mix, "--rate", "20", "--duration", "500ms"}).exit_code == 0);

  const auto unknown = folder.write("users", "123\n").string();
  const auto refused = loadtest(serve, {"--users", unknown, "--duration", "1s"});
  CHECK(refused.exit_code == 64);
  CHECK(contains(refused.err, "user 123"));
}

TEST_CASE("a server that wants tokens is loaded with those of a sample of its users") {
  const FreshDatabase database;
  support::migrate_up(database);
  const ServerProcess serve(database, {{"auth.mode", "required"}});
  const auto without = loadtest(serve, {"--duration", "1s"});
  CHECK(without.exit_code == 64);
  CHECK(contains(without.err, "users token --sample"));
  CHECK(loadtest(serve, {"--users", "5", "--duration", "1s"}).exit_code == 64);

  support::RunOptions shell;
  shell.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG"};
  for (const char* handle : {"ada", "bob", "cyd"})
    REQUIRE(support::run_feedctl({"users", "create", "--handle", handle}, shell).exit_code == 0);
  const auto sample = support::run_feedctl(
      {"users", "token", "--sample", "3", "--ttl", "1h", "-o", "jsonl"}, shell);
  REQUIRE(sample.exit_code == 0);
  const support::TempFolder folder;
  const auto tokens = folder.write("tokens.jsonl", sample.out).string();

  const auto ran =
      loadtest(serve, {"--tokens", tokens, "--rate", "50", "--duration", "2s", "-o", "json"});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  const auto printed = json::parse(ran.out);
  CHECK(outcome_of(operation_in(printed, "feed"), "ok") > 0);
  CHECK(outcome_of(operation_in(printed, "feed"), "client_error") == 0);
  CHECK(rows(database, "posts") >= outcome_of(operation_in(printed, "post"), "ok"));

  const auto stale = folder.write("stale.jsonl", R"({"user_id":1,"token":"ey.ey.x"})").string();
  const auto refused = loadtest(serve, {"--tokens", stale, "--duration", "1s"});
  CHECK(refused.exit_code == 64);
  CHECK(contains(refused.err, "refuses the token of user 1"));
}

TEST_CASE("answers are verified under load") {
  const FreshDatabase database;
  const ServerProcess serve(database);
  const auto ran = loadtest(
      serve, {"--check", "--users", "5", "--rate", "60", "--duration", "3s", "-o", "json"});
  INFO(ran.err << ran.out);
  CHECK(ran.exit_code == 0);
  const auto printed = json::parse(ran.out);
  CHECK(support::list_in(printed, "findings").empty());
  CHECK(outcome_of(operation_in(printed, "check"), "ok") > 0);
}

TEST_CASE("Ctrl-C ends a load test with the report of what was measured") {
  const FreshDatabase database;
  const ServerProcess serve(database);
  const support::TempFolder folder;
  const auto result = (folder.path() / "out.json").string();
  support::BackgroundProcess process({support::feedctl_binary(), "loadtest", "--url", url_of(serve),
                                      "--warm-up", "0s", "--users", "5", "--rate", "50",
                                      "--duration", "1h", "--result", result});
  REQUIRE(support::eventually([&] { return rows(database, "posts") > 0; }));
  process.signal(SIGINT);
  CHECK(process.wait(std::chrono::minutes{5}) == 130);
  CHECK(contains(process.output(), "feed"));
  const auto written = json::parse(support::read_file(result));
  CHECK(support::flag_in(written, "was_interrupted"));
  CHECK(outcome_of(operation_in(written, "post"), "ok") > 0);
}

TEST_CASE("a mix with mistakes is refused with every line") {
  const support::TempFolder folder;
  const auto mix = folder.write("mix.yaml", "operations:\n  fede: 1\n  post: x\n").string();
  const auto ran = loadtest({"--url", "http://127.0.0.1:1", "--mix", mix});
  CHECK(ran.exit_code == 65);
  CHECK(contains(ran.err, "has 2 mistakes"));
  CHECK(contains(ran.err, "mix.yaml:2: there is no operation \"fede\"; did you mean feed?"));
  CHECK(contains(ran.err, "mix.yaml:3: operations.post expects a number"));
}

TEST_CASE("options that do not fit are refused before anything is sent") {
  const Words url{"--url", "http://127.0.0.1:1"};
  const support::TempFolder folder;
  const auto mix =
      folder.write("mix.yaml", "operations: {check: {raw: {path: /}, anonymous: true}}\n").string();
  const std::vector<Words> bad{
      {"--rate", "0"},
      {"--rate", "5", "--closed"},
      {"--rate", "5", "--stages", "1:1s"},
      {"--stages", "1:1s", "--duration", "1s"},
      {"--stages", "fast"},
      {"--duration", "0s"},
      {"--threads", "8", "--connections", "4"},
      {"--slo", "p99<50"},
      {"--slo", "fede.p99<50ms"},
      {"--mix", "defualt"},
      {"--users", "0"},
      {"--users", "20k"},
      {"--users", "/no/such/file"},
      {"--tokens", "a", "--users", "b"},
      {"--label", "x"},
      {"--metrics", "nonsense"},
      {"--report", "/no/such/folder/out.html"},
      {"--start-at", "tomorrow"},
      {"--start-at", "2020-01-01T00:00:00Z"},
      {"--drill", "redis-down"},
      {"--report", std::string(300, 'a')},
      {"--users", std::string(300, '1') + "a"},
      {"--mix", mix, "--check"},
  };
  for (const auto& words : bad) {
    auto all = url;
    all.insert(all.end(), words.begin(), words.end());
    INFO(words.front() << " " << words.back());
    CHECK(loadtest(all).exit_code == 64);
  }
  for (const char* other : {"https://127.0.0.1", "http://127.0.0.1/v1", "ftp://x", "http://a:b@c"})
    CHECK(loadtest({"--url", other}).exit_code == 64);
  CHECK(loadtest(Words{}).exit_code == 64);
  CHECK(loadtest({"--drill", "redis-down", "--check"}).exit_code == 64);
  CHECK(loadtest({"--drill", "redis-down", "--threads", "2"}).exit_code == 64);
  // The requests of --check have objectives, too; here only the server is missing.
  auto checked = url;
  checked.insert(checked.end(), {"--check", "--slo", "check.p99<5ms"});
  CHECK(loadtest(checked).exit_code == 69);
}

TEST_CASE("a server that does not answer is exit code 69") {
  const auto ran =
      loadtest({"--url", "127.0.0.1:" + std::to_string(support::free_port()), "--users", "1"});
  CHECK(ran.exit_code == 69);
  CHECK(contains(ran.err, "does not answer"));
}

TEST_CASE("loadtest is a command and has commands") {
  const auto misspelt = loadtest({"compar", "a", "b"});
  CHECK(misspelt.exit_code == 64);
  CHECK(contains(misspelt.err, "did you mean `feedctl loadtest compare`?"));
  CHECK(loadtest({"compare", "/no/such/a.json", "/no/such/b.json"}).exit_code == 65);
  CHECK(contains(loadtest({"--help"}).out, "loadtest merge"));
}

}  // namespace feedctl
