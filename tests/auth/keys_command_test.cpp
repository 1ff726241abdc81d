// The command `feedctl keys` as a process.
#include "auth_fixture.hpp"
#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/process.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

struct KeysCommandFixture : AuthFixture {
  support::RunResult run(std::vector<std::string> words, bool as_owner = true) const {
    words.insert(words.begin(), "keys");
    support::RunOptions options;
    options.environment = {"FEEDCTL_DATABASE_URL=" + fresh.url().reveal(),
                           as_owner ? "FEEDCTL_DATABASE_OWNER_URL=" + fresh.owner_url().reveal()
                                    : "FEEDCTL_DATABASE_OWNER_URL",
                           "FEEDCTL_CONFIG"};
    return support::run_feedctl(words, options);
  }
  // What -o json prints.
  json::Value run_json(std::vector<std::string> words) const {
    words.insert(words.end(), {"-o", "json"});
    const auto result = run(std::move(words));
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return json::parse(result.out);
  }
  // "signing next", in the order of the list.
  std::string states() const {
    std::string all;
    const auto listed = run_json({"list"});
    for (const auto& key : support::items_of(listed))
      all.append(all.empty() ? "" : " ").append(support::text_in(key, "state"));
    return all;
  }
};

bool contains(const std::string& whole, const std::string& part) {
  return whole.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("keys are listed and rotated on the command line") {
  const KeysCommandFixture shell;
  CHECK(shell.states() == "signing");
  const auto made = shell.run_json({"rotate"});
  CHECK_FALSE(support::flag_in(made, "dry_run"));
  CHECK(shell.states() == "signing next");
  const auto listed = shell.run({"list"});
  CHECK(contains(listed.out, support::text_in(made, "kid")));
  CHECK_FALSE(contains(listed.out, "\"d\""));

  const auto again = shell.run({"rotate"});
  CHECK(again.exit_code == 1);
  CHECK(contains(again.err, "is next and signs from"));
  CHECK(contains(again.err, "--at-once"));
  CHECK(shell.run({"rotate", "--at-once"}).exit_code == 0);
  CHECK(shell.states() == "expired signing expired");
}

TEST_CASE("keys rotate says what it would do, and who may do it") {
  const KeysCommandFixture shell;
  const auto dry = shell.run({"rotate", "--dry-run"});
  CHECK(dry.exit_code == 0);
  CHECK(contains(dry.err, "nothing was kept"));
  CHECK(shell.states() == "signing");
  const auto refused = shell.run({"rotate"}, false);
  CHECK(refused.exit_code == 78);
  CHECK(contains(refused.err, "database.owner_url"));
  CHECK(shell.states() == "signing");
  CHECK(shell.run({"list"}, false).exit_code == 0);
}
