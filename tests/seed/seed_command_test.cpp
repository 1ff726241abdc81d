#include <regex>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/database_outage.hpp"
#include "support/fresh_database.hpp"
#include "support/process.hpp"

using namespace feedctl;

namespace {

support::RunOptions options_for(const support::FreshDatabase& fresh) {
  support::RunOptions run;
  run.environment = {"FEEDCTL_DATABASE_URL=" + fresh.url().reveal(),
                     "FEEDCTL_DATABASE_OWNER_URL=" + fresh.owner_url().reveal()};
  return run;
}

bool is_one_line(const std::string& text) {
  return !text.empty() && text.find('\n') == text.size() - 1;
}

}  // namespace

TEST_CASE("the command accepts human-readable counts, and reports what it would write") {
  const support::FreshDatabase fresh;
  const auto run = options_for(fresh);
  const auto seed = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "seed");
    return support::run_feedctl(words, run);
  };
  for (const char* bad : {"1x", "k", "", "1.5", "1.2345k", "-3", "99999999999"}) {
    INFO(bad);
    CHECK(seed({"--users", bad}).exit_code == 64);
  }
  CHECK(seed({"--users", "10", "--profile", "small"}).exit_code == 64);
  CHECK(seed({"--append"}).exit_code == 64);
  const auto dry = seed({"--users", "0.3k", "--posts", "500", "--follows", "2k", "--likes", "1k",
                         "--dry-run", "--output", "json"});
  INFO(dry.err);
  CHECK(dry.exit_code == 0);
  CHECK(dry.out.find("\"users\":300") != std::string::npos);
  CHECK(fresh.execute("SELECT count(*) FROM users") == "0");
  const auto done = seed({"--users", "0.3k", "--likes", "1k"});
  INFO(done.err);
  CHECK(done.exit_code == 0);
  CHECK(fresh.execute("SELECT count(*) FROM follows") == "3000");
  CHECK(seed({"--users", "300"}).exit_code == 65);
  CHECK(seed({"--users", "30", "--append", "--seed", "9"}).exit_code == 0);
  CHECK(fresh.execute("SELECT count(*) FROM users") == "330");
}

TEST_CASE("a profile gives counts, and counts beside it override them") {
  const support::FreshDatabase fresh;
  const auto run = options_for(fresh);
  const auto medium = support::run_feedctl(
      {"seed", "--profile", "medium", "--likes", "1k", "--dry-run", "-o", "json"}, run);
  INFO(medium.err);
  CHECK(medium.exit_code == 0);
  CHECK(is_one_line(medium.out));
  for (const char* part : {"\"users\":10000,", "\"follows\":100000,", "\"posts\":50000,",
                           "\"likes\":1000,", "\"pages\":50,", "\"active\":1000,"})
    CHECK(medium.out.find(part) != std::string::npos);
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"seed", "--profile", "large"},
           {"seed", "--profile", "small", "--views", "5"},
           {"seed", "--profile", "medium", "--graph", "x.edges"},
           {"seed", "--profile", "medium", "--append", "--if-empty"},
           {"seed", "--users", "5", "--as", "somebody"}}) {
    INFO(words.back());
    CHECK(support::run_feedctl(words, run).exit_code == 64);
  }
}

TEST_CASE("counts that go with no source, or fit no world, are refused with what to give") {
  const support::FreshDatabase fresh;
  const auto message_of = [&](const std::vector<std::string>& words) {
    return support::run_feedctl(words, options_for(fresh)).err;
  };
  CHECK(message_of({"seed", "--profile", "small", "--likes", "5"})
            .find("counts such as --likes go with --users, --profile medium or --profile") !=
        std::string::npos);
  CHECK(message_of({"seed", "--profile", "medium", "--users", "5"})
            .find("give fewer --follows or more --users") != std::string::npos);
}

TEST_CASE("a generated world with views and pages passes every check of verify") {
  const support::FreshDatabase fresh;
  const auto run = options_for(fresh);
  const auto seeded = support::run_feedctl(
      {"seed", "--users", "300", "--views", "5k", "--pages", "5", "-o", "json"}, run);
  INFO(seeded.err);
  REQUIRE(seeded.exit_code == 0);
  CHECK_FALSE(std::regex_search(seeded.out, std::regex("\\.[0-9]{4}")));  // seconds
  const auto verified = support::run_feedctl({"verify", "-o", "json"}, run);
  INFO(verified.out << verified.err);
  CHECK(verified.exit_code == 0);
}

TEST_CASE("after a load that broke off, all other sources are refused with the command to go on") {
  const support::FreshDatabase fresh;
  const auto run = options_for(fresh);
  // As a load of an older version leaves it; keys and indexes would be missing.
  fresh.execute(
      "CREATE TABLE seed_load (of text NOT NULL, number bigint GENERATED ALWAYS AS IDENTITY, "
      "statement text NOT NULL, begun_at timestamptz NOT NULL DEFAULT now()); INSERT INTO "
      "seed_load "
      "(of, statement) VALUES ('begin', ''); ALTER TABLE seed_load OWNER TO feedctl_owner");
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"seed", "--profile", "small"},
                                             {"seed", "--profile", "small", "--if-empty"},
                                             {"seed", "--users", "30", "--append"},
                                             {"seed", "--import", "absent.zip"}}) {
    const auto result = support::run_feedctl(words, run);
    INFO(result.err);
    CHECK(result.exit_code == 65);
    CHECK(result.err.find("was aborted; the database holds part of it") != std::string::npos);
  }
  CHECK(fresh.execute("SELECT count(*) FROM users") == "0");
}

TEST_CASE("--now names a time since 2025 that has passed") {
  const support::FreshDatabase fresh;
  for (const char* bad : {"yesterday", "2024-12-31T23:59:59Z", "2199-01-01T00:00:00Z"}) {
    const auto result =
        support::run_feedctl({"seed", "--users", "30", "--now", bad}, options_for(fresh));
    INFO(result.err);
    CHECK(result.exit_code == 64);
  }
  CHECK(support::run_feedctl({"seed", "--users", "30", "--force", "--discard"}, options_for(fresh))
            .exit_code == 64);
}

TEST_CASE("--if-empty loads once, and says so the next time") {
  for (const auto& source :
       std::vector<std::vector<std::string>>{{"--users", "30"}, {"--profile", "small"}}) {
    const support::FreshDatabase fresh;
    const auto run = options_for(fresh);
    std::vector<std::string> words{"seed", "--if-empty", "-o", "json"};
    words.insert(words.end(), source.begin(), source.end());
    const auto first = support::run_feedctl(words, run);
    INFO(first.err);
    CHECK(first.exit_code == 0);
    CHECK(is_one_line(first.out));
    CHECK(first.out.find("skipped\"") == std::string::npos);
    const auto users = fresh.execute("SELECT count(*) FROM users");
    const auto second = support::run_feedctl(words, run);
    CHECK(second.exit_code == 0);
    CHECK(second.out == "{\"skipped\":true}\n");
    CHECK(second.err == "the database holds data already; nothing was loaded (--if-empty)\n");
    CHECK(fresh.execute("SELECT count(*) FROM users") == users);
  }
}

TEST_CASE("--wait waits until the database accepts connections, and no longer than it says") {
  const support::FreshDatabase fresh;
  const auto run = options_for(fresh);
  support::DatabaseOutage outage(fresh);
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"seed", "--profile", "small", "--wait", "1s"}, {"migrate", "up", "--wait", "1s"}}) {
    const auto result = support::run_feedctl(words, run);
    INFO(result.err);
    CHECK(result.exit_code == 69);
    CHECK(result.err.find("waiting for the database: ") != std::string::npos);
    CHECK(result.err.find("the database was not ready within 1s") != std::string::npos);
  }
  support::BackgroundProcess seed(
      {support::feedctl_binary(), "seed", "--profile", "small", "--wait", "10m"}, run);
  REQUIRE(seed.wait_for_line("waiting for the database", std::chrono::milliseconds{150'000}));
  outage.end();
  CHECK(seed.wait(std::chrono::milliseconds{150'000}) == 0);
  CHECK(fresh.execute("SELECT count(*) > 5 FROM users") == "t");
}
