// The command `feedctl users` as a process.
#include <set>
#include <sstream>

#include "auth/auth.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"
#include "support/json.hpp"
#include "support/process.hpp"
#include "users/users.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

struct UsersCommandFixture {
  static store::Options database_options(Secret<std::string> url) {
    auto made = support::long_timeouts();
    made.url = std::move(url);
    return made;
  }
  support::RunResult run(std::vector<std::string> words) const {
    words.insert(words.begin(), "users");
    support::RunOptions options;
    options.environment = {"FEEDCTL_DATABASE_URL=" + fresh.url().reveal(), "FEEDCTL_CONFIG"};
    return support::run_feedctl(words, options);
  }
  // The object that -o json prints.
  json::Value run_json(std::vector<std::string> words) const {
    words.insert(words.end(), {"-o", "json"});
    const auto result = run(std::move(words));
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return json::parse(result.out);
  }
  std::string events() const {
    return fresh.execute(
        "SELECT coalesce(string_agg(type::text, ' ' ORDER BY id), '') FROM events");
  }

  support::FreshDatabase fresh;
  store::Database owner{database_options(fresh.owner_url())};
  store::Database database{database_options(fresh.url())};
  users::Users users{database};
};

std::string text(const json::Value& object, const char* name) {
  return support::text_in(object, name);
}

bool contains(const std::string& whole, const std::string& part) {
  return whole.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("accounts are created, shown, promoted and listed on the command line") {
  UsersCommandFixture shell;
  const auto made = shell.run_json({"create", "--handle", "ada", "--name", "Ada Lovelace"});
  CHECK(text(made, "handle") == "ada");
  CHECK(text(made, "name") == "Ada Lovelace");
  CHECK(text(made, "role") == "user");
  CHECK(support::integer_in(made, "id") == shell.users.get("ada").id);
  CHECK(shell.events() == "7");

  CHECK(text(shell.run_json({"promote", "--handle", "ada", "--role", "admin"}), "role") == "admin");
  CHECK(shell.users.get("ada").role == users::Role::admin);
  CHECK(shell.events() == "7 8");
  CHECK(text(shell.run_json({"show", "--handle", "ada"}), "role") == "admin");

  shell.run_json({"create", "--handle", "bob", "--role", "editor"});
  CHECK(shell.users.get("bob").role == users::Role::editor);
  const auto listed = shell.run_json({"list"});
  REQUIRE(listed.array()->size() == 2);
  CHECK(text(listed.array()->front(), "handle") == "bob");
  CHECK(shell.run_json({"list", "-n", "1"}).array()->size() == 1);
  CHECK(contains(shell.run({"list"}).out, "Ada Lovelace"));
}

TEST_CASE("a name is stored as typed, including brackets and spaces") {
  UsersCommandFixture shell;
  int number = 0;
  for (const std::string name :
       {"[Ada, Countess]", "[]", "{Ada}", "\"Ada\"", "-x", "--", "a=b", "@file", "Ada's [1,2]"}) {
    INFO(name);
    const auto handle = "u" + std::to_string(++number);
    CHECK(text(shell.run_json({"create", "--handle", handle, "--name", name}), "name") == name);
    const auto other = "v" + std::to_string(number);
    CHECK(text(shell.run_json({"create", "--name=" + name, "--handle", other}), "name") == name);
  }
}

TEST_CASE("a token printed by the command is accepted by servers") {
  UsersCommandFixture shell;
  auth::ensure_signing_key(shell.owner);
  auth::Auth auth({}, shell.database);
  const auto ada = shell.users.create({"ada"});

  const auto plain = shell.run({"token", "--handle", "ada"});
  REQUIRE(plain.exit_code == 0);
  REQUIRE(plain.out.back() == '\n');
  CHECK(auth.verify(plain.out.substr(0, plain.out.size() - 1)).user_id == ada.id);

  const auto answer = shell.run_json({"token", "--handle", "ada", "--ttl", "90s"});
  const auto claims = auth.verify(text(answer, "token"));
  CHECK_FALSE(claims.admin);
  CHECK(parse_rfc3339(text(answer, "expires_at")) == claims.expires_at);
  const auto left = claims.expires_at - now();
  CHECK(left > 30s);
  CHECK(left <= 90s);
}

TEST_CASE("users token --sample prints a token of each of so many users, and of no others") {
  UsersCommandFixture shell;
  auth::ensure_signing_key(shell.owner);
  auth::Auth auth({}, shell.database);
  CHECK(shell.run({"token", "--sample", "3"}).exit_code == 1);  // there is nobody

  std::set<Id> able;
  for (const char* handle : {"ada", "bob", "cyd", "dan"})
    able.insert(shell.users.create({handle}).id);
  shell.run_json({"create", "--handle", "root", "--role", "admin"});
  shell.run_json({"create", "--handle", "ed", "--role", "editor"});
  shell.run_json({"create", "--handle", "eve"});
  REQUIRE(shell.run({"suspend", "--handle", "eve"}).exit_code == 0);

  const auto all = shell.run({"token", "--sample", "100", "-o", "jsonl"});
  REQUIRE(all.exit_code == 0);
  CHECK(contains(all.err, "only 4 users"));
  std::set<Id> chosen;
  std::istringstream lines(all.out);
  for (std::string line; std::getline(lines, line);) {
    const auto object = json::parse(line);
    const auto id = support::integer_in(object, "user_id");
    CHECK(auth.verify(text(object, "token")).user_id == id);
    CHECK(chosen.insert(id).second);
  }
  CHECK(chosen == able);
  CHECK(shell.run_json({"token", "--sample", "2"}).array()->size() == 2);

  const std::vector<std::vector<std::string>> bad{
      {"token", "--sample", "2", "--handle", "ada"},
      {"token", "--sample", "2", "--create"},
      {"token", "--sample", "2", "--role", "admin"},
      {"token", "--sample", "0"},
      {"token", "--sample", "100001"},
  };
  for (const auto& words : bad) CHECK(shell.run(words).exit_code == 64);
}

TEST_CASE("users token can create the account and set its role, once") {
  UsersCommandFixture shell;
  auth::ensure_signing_key(shell.owner);
  auth::Auth auth({}, shell.database);
  const std::vector<std::string> words{"token", "--handle", "root", "--create", "--role", "admin"};
  CHECK(auth.verify(text(shell.run_json(words), "token")).admin);
  CHECK(auth.verify(text(shell.run_json(words), "token")).admin);
  CHECK(shell.events() == "7");

  const auto plain = text(shell.run_json({"token", "--handle", "ada", "--create"}), "token");
  CHECK_FALSE(auth.verify(plain).admin);
  const auto raised =
      text(shell.run_json({"token", "--handle", "ada", "--role", "admin"}), "token");
  CHECK(auth.verify(raised).admin);
  CHECK(shell.events() == "7 7 8");
}

TEST_CASE("a failing command says why and what to do, and leaves nothing behind") {
  UsersCommandFixture shell;
  shell.users.create({"ada"});
  const auto taken = shell.run({"create", "--handle", "ada"});
  CHECK(taken.exit_code == 1);
  CHECK(contains(taken.err, "the handle \"ada\" is taken"));
  const auto unknown = shell.run({"token", "--handle", "bob"});
  CHECK(unknown.exit_code == 1);
  CHECK(contains(unknown.err, "no user has the handle \"bob\""));
  CHECK(contains(unknown.err, "hint: "));
  CHECK(shell.run({"show", "--handle", "bob"}).exit_code == 1);
  CHECK(shell.run({"promote", "--handle", "bob", "--role", "admin"}).exit_code == 1);
  CHECK(shell.run({"create", "--handle", "Not A Handle"}).exit_code == 65);
  CHECK(shell.run({"create", "--handle", "eve", "--role", "god"}).exit_code == 64);
  CHECK(shell.run({"promote", "--handle", "ada"}).exit_code == 64);
  CHECK(shell.run({"token"}).exit_code == 64);
  for (const auto* ttl : {"0s", "25h"}) {
    CHECK(shell.run({"token", "--handle", "eve", "--create", "--ttl", ttl}).exit_code == 65);
  }
  // There is no signing key yet.
  const auto keyless = shell.run({"token", "--handle", "ada"});
  CHECK(keyless.exit_code == 78);
  CHECK(contains(keyless.err, "migrate up"));
  CHECK(shell.events() == "7");
}

TEST_CASE("a dry run changes nothing") {
  UsersCommandFixture shell;
  const auto ada = shell.users.create({"ada"});
  CHECK(text(shell.run_json({"create", "--handle", "bob", "--dry-run"}), "handle") == "bob");
  CHECK_FALSE(shell.users.find("bob"));
  CHECK(text(shell.run_json({"promote", "--handle", "ada", "--role", "admin", "--dry-run"}),
             "role") == "admin");
  CHECK(shell.users.get(ada.id).role == users::Role::user);
  CHECK(shell.events() == "7");
}

TEST_CASE("accounts are suspended, reinstated and signed out on the command line") {
  UsersCommandFixture shell;
  shell.run_json({"create", "--handle", "ada"});
  CHECK(shell.run({"suspend", "--handle", "ada", "--dry-run"}).exit_code == 0);
  CHECK(shell.users.find("ada"));
  const auto done = shell.run_json({"suspend", "--handle", "ada", "--reason", "spam"});
  CHECK(text(done, "suspended_reason") == "spam");
  CHECK(support::member_in(done, "changed").boolean() != nullptr);
  CHECK_FALSE(shell.users.find("ada"));
  CHECK(text(shell.run_json({"show", "--handle", "ada"}), "suspended_reason") == "spam");
  CHECK(contains(shell.run({"list", "-o", "json"}).out, "\"suspended_at\":\"20"));
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"token", "--handle", "ada"}, {"token", "--handle", "ada", "--create"}}) {
    const auto refused = shell.run(words);
    CHECK(refused.exit_code == 1);
    CHECK(contains(refused.err, "is suspended"));
    CHECK(contains(refused.err, "feedctl users reinstate --handle ada"));
  }
  shell.run_json({"reinstate", "--handle", "ada"});
  CHECK(shell.users.find("ada"));
  CHECK(shell.events() == "7 14 15");
  CHECK(support::integer_in(shell.run_json({"revoke", "--handle", "ada"}), "token_version") == 2);
  for (const auto* verb : {"suspend", "reinstate", "revoke"}) {
    const auto unknown = shell.run({verb, "--handle", "bob"});
    CHECK(unknown.exit_code == 1);
    CHECK(contains(unknown.err, "no user has the handle \"bob\""));
  }
}
