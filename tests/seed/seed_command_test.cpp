#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/process.hpp"

using namespace feedctl;

TEST_CASE("the command accepts human-readable counts, and reports what it would write") {
  const support::FreshDatabase fresh;
  support::RunOptions run;
  run.environment = {"FEEDCTL_DATABASE_URL=" + fresh.url().reveal(),
                     "FEEDCTL_DATABASE_OWNER_URL=" + fresh.owner_url().reveal()};
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
