// The command `feedctl audit` as a process, and the entries of other commands.
#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/json.hpp"
#include "support/process.hpp"

using namespace feedctl;
using support::text_in;

namespace {

struct AuditCommandFixture {
  support::RunResult run(const std::vector<std::string>& words) const {
    support::RunOptions options;
    options.environment = {"FEEDCTL_DATABASE_URL=" + fresh.url().reveal(),
                           "FEEDCTL_DATABASE_OWNER_URL=" + fresh.owner_url().reveal(),
                           "FEEDCTL_CONFIG", "SUDO_USER=grace"};
    return support::run_feedctl(words, options);
  }
  void run_well(const std::vector<std::string>& words) const {
    const auto result = run(words);
    INFO(words.at(0) << " " << words.at(1) << "\n" << result.err);
    REQUIRE(result.exit_code == 0);
  }
  json::Value run_json(std::vector<std::string> words) const {
    words.insert(words.end(), {"-o", "json"});
    const auto result = run(words);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return json::parse(result.out);
  }
  std::string actions(std::vector<std::string> filter = {}) const {
    filter.insert(filter.begin(), "audit");
    std::string all;
    const auto entries = run_json(filter);
    for (const auto& entry : support::items_of(entries))
      all.append(all.empty() ? "" : " ").append(text_in(entry, "action"));
    return all;
  }
  std::string add_dead_event() const {
    return fresh.execute(
        "INSERT INTO dead_events (kind, lane, subject, payload, attempts, crashes, error, "
        "created_at) VALUES ('fan_out', 1, 42, '{}', 8, 0, 'it failed', now()) RETURNING id");
  }

  support::FreshDatabase fresh;
};

bool contains(const std::string& whole, const std::string& part) {
  return whole.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("commands that administer accounts are in the audit log, with who ran them") {
  const AuditCommandFixture shell;
  shell.run_well({"users", "create", "--handle", "ada"});
  shell.run_well({"users", "promote", "--handle", "ada", "--role", "editor"});
  shell.run_well({"users", "suspend", "--handle", "ada", "--reason", "spam"});
  shell.run_well({"users", "reinstate", "--handle", "ada"});
  shell.run_well({"users", "revoke", "--handle", "ada"});
  CHECK(shell.actions() == "user.end_sessions user.reinstate user.suspend user.role user.create");
  const auto entries = shell.run_json({"audit", "--action", "user.role"});
  REQUIRE(support::items_of(entries).size() == 1);
  const auto& entry = support::items_of(entries).front();
  CHECK(support::member_in(entry, "actor").is_null());
  CHECK(text_in(entry, "actor_name") == "grace (shell)");
  CHECK(text_in(support::member_in(entry, "before"), "role") == "user");
  CHECK(text_in(support::member_in(entry, "after"), "role") == "editor");
}

TEST_CASE("a token's options that change accounts are in the audit log, a token alone is not") {
  const AuditCommandFixture shell;
  shell.run_well({"migrate", "up"});
  shell.run_well({"users", "token", "--handle", "ada", "--create"});
  shell.run_well({"users", "token", "--handle", "ada", "--role", "admin"});
  shell.run_well({"users", "token", "--handle", "ada"});
  CHECK(shell.actions() == "user.role user.create");
}

TEST_CASE("rotated keys, and dead letters that are retried or dropped, are in the audit log") {
  const AuditCommandFixture shell;
  shell.run_well({"migrate", "up"});
  const auto first = shell.add_dead_event(), second = shell.add_dead_event();
  shell.run_well({"dlq", "retry", first});
  shell.run_well({"dlq", "drop", "--all"});
  CHECK(shell.run({"dlq", "retry", second}).exit_code == 1);
  shell.run_well({"keys", "rotate"});
  CHECK(shell.actions() == "key.rotate dead_event.drop dead_event.retry");
  CHECK(shell.fresh.execute("SELECT count(*) FROM jobs") == "1");
}

TEST_CASE("a dry run leaves no entry") {
  const AuditCommandFixture shell;
  const auto dead = shell.add_dead_event();
  shell.run_well({"users", "create", "--handle", "ada", "--dry-run"});
  shell.run_well({"dlq", "retry", dead, "--dry-run"});
  CHECK(shell.fresh.execute("SELECT count(*) FROM audit_log") == "0");
  CHECK(shell.fresh.execute("SELECT count(*) FROM dead_events") == "1");
}

TEST_CASE("the audit log as a table says what changed in words") {
  const AuditCommandFixture shell;
  CHECK(contains(shell.run({"audit"}).err, "no such entries"));
  CHECK(shell.run_json({"audit"}).array()->empty());
  shell.run_well({"users", "create", "--handle", "ada"});
  shell.run_well({"users", "promote", "--handle", "ada", "--role", "admin"});
  const auto table = shell.run({"audit"}).out;
  INFO(table);
  CHECK(contains(table, "WHO"));
  CHECK(contains(table, "grace (shell)"));
  CHECK(contains(table, "role user -> admin"));
}

TEST_CASE("the audit log is filtered on the command line") {
  const AuditCommandFixture shell;
  shell.run_well({"users", "create", "--handle", "ada"});
  shell.run_well({"users", "create", "--handle", "bob"});
  shell.fresh.execute("UPDATE audit_log SET at = now() - interval '10 days' WHERE id = 1");
  CHECK(shell.actions({"--since", "7d"}) == "user.create");
  CHECK(shell.actions({"--limit", "1"}) == "user.create");
  CHECK(shell.actions({"--actor", "grace (shell)"}) == "user.create user.create");
  CHECK(shell.actions({"--actor", "grace"}).empty());
  CHECK(shell.actions({"--object", "user:1"}).empty());
  CHECK(shell.run({"audit", "--limit", "0"}).exit_code == 64);
  CHECK(shell.run({"audit", "--since", "soon"}).exit_code == 64);
}
