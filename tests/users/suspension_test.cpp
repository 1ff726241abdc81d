// Suspension, reinstatement and revocation over a database.
#include "support/suspension.hpp"

#include "auth/auth.hpp"
#include "base/error.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/error_code.hpp"
#include "support/fresh_database.hpp"
#include "support/in_process.hpp"
#include "support/json.hpp"
#include "users/routes.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

store::Options database_options(Secret<std::string> url) {
  auto made = support::long_timeouts();
  made.url = std::move(url);
  return made;
}

auth::Options auth_options(auth::Mode mode) {
  auth::Options made;
  made.mode = mode;
  return made;
}

struct SuspensionFixture {
  explicit SuspensionFixture(auth::Mode mode = auth::Mode::open)
      : auth(auth_options(mode), database) {
    store::Database owner(database_options(fresh.owner_url()));
    auth::ensure_signing_key(owner);
    users::add_routes(router, {users, auth, cursors, {}, 600s, [this] { ++changes; }});
  }
  Id add(const std::string& handle, users::Role role = users::Role::user) {
    return users.create({handle, "", role}).id;
  }
  std::string sql(const std::string& text) const { return fresh.execute(text); }
  // The types of the events since the accounts were made.
  std::string events() const {
    return sql(
        "SELECT coalesce(string_agg(type::text, ' ' ORDER BY id), '') FROM events "
        "WHERE type <> 7");
  }
  void add_session(Id user) const {
    sql("INSERT INTO sessions (id, user_id, client, scopes, current_hash, expires_at) VALUES "
        "(gen_random_uuid(), " +
        std::to_string(user) + ", 'test', '{read}', sha256('x'), now() + interval '1 day')");
  }
  std::string living_sessions(Id user) const {
    return sql("SELECT count(*) FROM sessions WHERE revoked_at IS NULL AND user_id = " +
               std::to_string(user));
  }
  support::InProcessClient::Headers token_of(Id user) {
    return {{"authorization", "Bearer " + auth.issue(user, 60s)}};
  }

  support::FreshDatabase fresh;
  store::Database database{database_options(fresh.url())};
  auth::Auth auth;
  users::Users users{database};
  CursorSigner cursors{Secret<std::string>("a key for tokens in tests")};
  int changes = 0;
  http::Router router;
  support::InProcessClient server{router, auth};
};

std::string path_of(Id id, const std::string& verb = "") {
  return "/v1/users/" + std::to_string(id) + verb;
}

}  // namespace

TEST_CASE("a suspended account is hidden from everybody but operators, until it is reinstated") {
  SuspensionFixture world;
  const auto ada = world.add("ada");
  commands::Command command;
  const auto change = world.users.suspend(ada, "spam", 600s, command);
  CHECK(change.changed);
  CHECK(change.token_version.has_value());
  CHECK(support::error_code_of([&] { world.users.get(ada); }) == ErrorCode::not_found);
  CHECK_FALSE(world.users.find("ada"));
  CHECK(support::error_code_of([&] { users::require_active(world.database, ada); }) ==
        ErrorCode::permission_denied);
  const auto account = world.users.find_account("ada");
  REQUIRE(account);
  CHECK(account->user.id == ada);
  CHECK(account->suspended_at);
  CHECK(account->suspended_reason == "spam");
  CHECK(world.users.list(ada + 1, 10).at(0).suspended_at == account->suspended_at);
  CHECK(support::error_code_of([&] { world.add("ada"); }) == ErrorCode::conflict);

  CHECK(support::reinstate(world.database, ada).changed);
  CHECK(world.users.get(ada).handle == "ada");
  CHECK_FALSE(world.users.find_account("ada")->suspended_at);
  CHECK_FALSE(world.users.find_account("ada")->suspended_reason);
  users::require_active(world.database, ada);
  CHECK(world.events() == "14 15");
}

TEST_CASE("suspending or reinstating again changes nothing and writes no event") {
  SuspensionFixture world;
  const auto ada = world.add("ada");
  CHECK_FALSE(support::reinstate(world.database, ada).changed);
  const auto first = support::suspend(world.database, ada);
  commands::Command command;
  const auto again = world.users.suspend(ada, "more", 600s, command);
  CHECK_FALSE(again.changed);
  CHECK(again.account.suspended_at == first.account.suspended_at);
  CHECK(again.account.suspended_reason == "more");
  CHECK(world.events() == "14");
  CHECK(support::error_code_of([&] { support::suspend(world.database, 4711); }) ==
        ErrorCode::not_found);
  CHECK(support::error_code_of([&] { support::reinstate(world.database, 4711); }) ==
        ErrorCode::not_found);
  for (const auto* reason : {"", "\x01"}) {
    CHECK(support::error_code_of([&] { world.users.suspend(ada, reason, 600s, command); }) ==
          ErrorCode::invalid_argument);
  }
}

TEST_CASE("of a suspended account only the role may change, and only an admin deletes it") {
  SuspensionFixture world;
  const auto ada = world.add("ada");
  support::suspend(world.database, ada);
  commands::Command command;
  CHECK(support::error_code_of([&] { world.users.change(ada, {.name = "New"}, command); }) ==
        ErrorCode::permission_denied);
  CHECK(world.users.set_role(ada, users::Role::editor).role == users::Role::editor);
  CHECK(support::error_code_of([&] { world.users.delete_account(ada, command); }) ==
        ErrorCode::permission_denied);
  CHECK(world.users.find_account("ada"));
  world.users.delete_account(ada, command, true);
  CHECK_FALSE(world.users.find_account("ada"));
}

TEST_CASE("the deletion of a suspended account erases why it was suspended") {
  SuspensionFixture world;
  const auto ada = world.add("ada");
  commands::Command command;
  world.users.suspend(ada, "writes about her neighbour", 600s, command);
  world.users.delete_account(ada, command, true);
  CHECK(world.sql("SELECT coalesce(suspended_reason, 'none') FROM users") == "none");
  CHECK(support::error_code_of([&] { users::require_active(world.database, ada); }) ==
        ErrorCode::not_found);
}

TEST_CASE("a suspension ends the sessions and revokes the tokens; so does a revocation") {
  SuspensionFixture world(auth::Mode::required);
  const auto ada = world.add("ada"), bob = world.add("bob");
  for (const auto user : {ada, bob}) world.add_session(user);
  const auto version = [&](Id user) {
    return world.sql("SELECT token_version FROM users WHERE id = " + std::to_string(user));
  };
  CHECK(world.users.end_sign_ins(bob, 600s).sessions == 1);
  CHECK(world.living_sessions(bob) == "0");
  CHECK(version(bob) == "1");
  CHECK(world.users.get(bob).handle == "bob");  // it may sign in again
  CHECK(world.living_sessions(ada) == "1");
  support::suspend(world.database, ada);
  CHECK(world.living_sessions(ada) == "0");
  CHECK(version(ada) == "1");
  CHECK(world.sql("SELECT string_agg(token_version::text, ' ') FROM revocations") == "1 1");
  support::reinstate(world.database, ada);
  CHECK(world.living_sessions(ada) == "0");
  CHECK(support::error_code_of([&] { world.users.end_sign_ins(4711, 600s); }) ==
        ErrorCode::not_found);
}

TEST_CASE("admins suspend and reinstate over HTTP, with a reason, and nobody else does") {
  SuspensionFixture site;
  const auto admin = site.add("root", users::Role::admin), ada = site.add("ada");
  const auto token = site.token_of(admin);
  CHECK(site.server.post(path_of(ada, "/suspend")).status == 401);
  CHECK(site.server.post(path_of(ada, "/suspend"), "", site.token_of(ada)).status == 403);
  const auto done = site.server.post(path_of(ada, "/suspend"), R"({"reason":"spam"})", token);
  REQUIRE(done.status == 200);
  const auto body = json::parse(done.body);
  CHECK(support::text_in(body, "suspended_reason") == "spam");
  CHECK(parse_rfc3339(support::text_in(body, "suspended_at")).has_value());
  CHECK(support::integer_in(support::member_in(body, "user"), "id") == ada);
  CHECK(site.changes == 1);
  CHECK(site.server.get(path_of(ada)).status == 404);
  CHECK(site.server.get("/v1/users?handle=ada").status == 404);
  CHECK(site.server.post(path_of(ada, "/suspend"), "", token).status == 200);
  CHECK(site.changes == 1);

  const auto back = site.server.post(path_of(ada, "/reinstate"), "", token);
  REQUIRE(back.status == 200);
  CHECK(json::parse(back.body).find("suspended_at")->is_null());
  CHECK(site.changes == 2);
  CHECK(site.server.get(path_of(ada)).status == 200);
  CHECK(site.server.post(path_of(4711, "/suspend"), "", token).status == 404);
  CHECK(site.server.post(path_of(admin, "/suspend"), "", token).status == 400);
  CHECK(site.server.post(path_of(ada, "/suspend"), R"({"reason":""})", token).status == 400);
}

TEST_CASE("a token of an account that this server suspends is refused at once") {
  SuspensionFixture site(auth::Mode::required);
  const auto admin = site.add("root", users::Role::admin), ada = site.add("ada");
  const auto token = site.token_of(ada);
  const auto rename = [&] {
    return site.server.send(http::Method::patch, path_of(ada), R"({"name":"A"})", token).status;
  };
  CHECK(rename() == 200);
  REQUIRE(site.server.post(path_of(ada, "/suspend"), "", site.token_of(admin)).status == 200);
  CHECK(rename() == 401);
  REQUIRE(site.server.post(path_of(ada, "/reinstate"), "", site.token_of(admin)).status == 200);
  CHECK(rename() == 401);  // it needs a new token
  CHECK(site.server.send(http::Method::patch, path_of(ada), R"({"name":"B"})", site.token_of(ada))
            .status == 200);
}

TEST_CASE("in open mode a suspended account gets 403 for what it does to itself") {
  SuspensionFixture site;
  const auto ada = site.add("ada");
  support::suspend(site.database, ada);
  const support::InProcessClient::Headers as_ada{{"x-user-id", std::to_string(ada)}};
  const auto renamed =
      site.server.send(http::Method::patch, path_of(ada), R"({"name":"A"})", as_ada);
  CHECK(renamed.status == 403);
  CHECK(support::text_in(json::parse(renamed.body), "error") ==
        "the account of user " + std::to_string(ada) + " is suspended");
  auto with_key = as_ada;
  with_key.emplace_back("idempotency-key", "one");
  CHECK(site.server.send(http::Method::del, path_of(ada), "", with_key).status == 403);
  support::reinstate(site.database, ada);
  CHECK(site.server.send(http::Method::del, path_of(ada), "", with_key).status == 202);
}

TEST_CASE("a repeated suspension with its key is answered again and does nothing") {
  SuspensionFixture site;
  const auto admin = site.add("root", users::Role::admin), ada = site.add("ada");
  auto headers = site.token_of(admin);
  headers.emplace_back("idempotency-key", "one");
  CHECK(site.server.post(path_of(ada, "/suspend"), "", headers).status == 200);
  support::reinstate(site.database, ada);
  const auto again = site.server.post(path_of(ada, "/suspend"), "", headers);
  CHECK(again.status == 200);
  CHECK(json::parse(again.body).find("suspended_at")->is_null());  // as it is now
  CHECK(site.events() == "14 15");
  CHECK(site.server.post(path_of(ada, "/suspend"), R"({"reason":"x"})", headers).status == 422);
}
