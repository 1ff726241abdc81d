// DELETE /v1/users/{id}.
#include "users/routes.hpp"

#include "account_cleanup_fixture.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/in_process.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

struct DeleteAccountRoutesFixture : test::AccountCleanupFixture {
  explicit DeleteAccountRoutesFixture(auth::Mode mode) : options(make_auth_options(mode)) {
    auto made = support::long_timeouts();
    made.url = fresh.owner_url();
    store::Database owner(made);
    auth::ensure_signing_key(owner);
    users::add_routes(router, {users, auth, cursors});
  }
  static auth::Options make_auth_options(auth::Mode mode) {
    auth::Options made;
    made.mode = mode;
    return made;
  }
  support::InProcessClient::Headers token_of(Id user) {
    return {{"authorization", "Bearer " + auth.issue(user, 60s)}};
  }

  auth::Options options;
  auth::Auth auth{options, database};
  CursorSigner cursors{Secret<std::string>("a key for tokens in tests")};
  http::Router router;
  support::InProcessClient server{router, auth};
};

std::string path_of(Id id) {
  return "/v1/users/" + std::to_string(id);
}

}  // namespace

TEST_CASE("only the account itself or an admin may delete it, and only once") {
  DeleteAccountRoutesFixture site(auth::Mode::required);
  const auto ada = site.add("ada"), bob = site.add("bob"), eve = site.add("eve");
  site.users.set_role(eve, users::Role::admin);
  const auto token = site.token_of(ada);
  CHECK(site.server.del(path_of(ada)).status == 401);
  CHECK(site.server.del(path_of(ada), site.token_of(bob)).status == 403);
  CHECK(site.users.get(ada).handle == "ada");
  const auto left = site.server.del(path_of(ada), token);
  CHECK(left.status == 202);
  CHECK(left.body == R"({"id":)" + std::to_string(ada) + R"(,"deleted":true})");
  CHECK(site.server.del(path_of(ada), token).status == 404);
  CHECK(site.server.get(path_of(ada)).status == 404);
  CHECK(site.server.send(http::Method::patch, path_of(ada), R"({"name":"Ada"})", token).status ==
        404);
  CHECK(site.server.del(path_of(bob), site.token_of(eve)).status == 202);
  CHECK(site.server.del(path_of(999), site.token_of(eve)).status == 404);
}

TEST_CASE("in open mode the path names the account to delete, unless another actor is named") {
  DeleteAccountRoutesFixture site(auth::Mode::open);
  const auto ada = site.add("ada"), bob = site.add("bob");
  const support::InProcessClient::Headers as_bob{{"x-user-id", std::to_string(bob)}};
  CHECK(site.server.del(path_of(ada), as_bob).status == 403);
  CHECK(site.server.del(path_of(ada)).status == 202);
  CHECK(site.server.del(path_of(ada)).status == 404);
  CHECK(site.server.del(path_of(bob), as_bob).status == 202);
}

TEST_CASE("a repeated deletion with its key is answered as the first one") {
  DeleteAccountRoutesFixture site(auth::Mode::open);
  const auto ada = site.add("ada");
  const support::InProcessClient::Headers key{{"idempotency-key", "leave-1"}};
  const auto first = site.server.del(path_of(ada), key);
  const auto again = site.server.del(path_of(ada), key);
  CHECK(first.status == 202);
  CHECK(again.status == 202);
  CHECK(again.body == first.body);
  CHECK(site.number("SELECT count(*) FROM events WHERE type = 9") == 1);
  site.run_until_idle_with_second_pass();  // keeps this idempotency key of the account
  CHECK(site.server.del(path_of(ada), key).status == 202);
  CHECK(site.server.del(path_of(ada), {{"idempotency-key", "leave-2"}}).status == 404);
}
