#include "users/routes.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"
#include "support/in_process.hpp"
#include "support/json.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

struct UserRoutesFixture {
  explicit UserRoutesFixture(auth::Mode mode) : options(make_auth_options(mode)) {
    auth::ensure_signing_key(owner);
    users::add_routes(router, {users, auth, cursors});
  }
  static auth::Options make_auth_options(auth::Mode mode) {
    auth::Options made;
    made.mode = mode;
    return made;
  }
  static store::Options database_options(Secret<std::string> url) {
    auto made = support::long_timeouts();
    made.url = std::move(url);
    return made;
  }
  support::InProcessClient::Headers token_of(Id user) {
    return {{"authorization", "Bearer " + auth.issue(user, 60s)}};
  }

  support::FreshDatabase fresh;
  store::Database owner{database_options(fresh.owner_url())};
  store::Database database{database_options(fresh.url())};
  auth::Options options;
  auth::Auth auth{options, database};
  users::Users users{database};
  CursorSigner cursors{Secret<std::string>("a key for tokens in tests")};
  http::Router router;
  support::InProcessClient server{router, auth};
};

std::string text(const http::Response& response, const char* member) {
  const auto body = json::parse(response.body);
  const auto* value = body.find(member);
  return value != nullptr && value->text() != nullptr ? *value->text() : "";
}

Id id_in(const http::Response& response) {
  return support::integer_in(response, "id");
}

std::string path_of(Id id) {
  return "/v1/users/" + std::to_string(id);
}

}  // namespace

TEST_CASE("a user is made, shown, found and renamed over HTTP") {
  UserRoutesFixture site(auth::Mode::open);
  const auto made =
      site.server.post("/v1/users", R"({"handle":"ada","name":"Ada","role":"admin"})");
  REQUIRE(made.status == 201);
  const auto id = id_in(made);
  const auto created_at = text(made, "created_at");
  CHECK(parse_rfc3339(created_at).has_value());
  CHECK(made.body ==
        R"({"id":)" + std::to_string(id) +
            R"(,"handle":"ada","name":"Ada","avatar":null,"followers":0,"following":0,)" +
            R"("created_at":")" + created_at + "\"}");
  const auto location = std::pair<std::string, std::string>("Location", path_of(id));
  CHECK(std::count(made.headers.begin(), made.headers.end(), location) == 1);
  CHECK(site.users.get(id).role == users::Role::user);

  CHECK(site.server.get(path_of(id)).body == made.body);
  CHECK(site.server.get("/v1/users?handle=ada").body == made.body);
  const auto renamed = site.server.patch(path_of(id), R"({"name":"Countess","role":"admin"})");
  CHECK(renamed.status == 200);
  CHECK(text(renamed, "name") == "Countess");
  CHECK(text(renamed, "handle") == "ada");
  CHECK(site.server.get(path_of(id) + "/").body == renamed.body);
  CHECK(site.server.patch(path_of(id), "{}").body == renamed.body);
  CHECK(site.users.get(id).role == users::Role::user);
}

TEST_CASE("a proposed handle is changed once over HTTP, and a repeated request is replayed") {
  UserRoutesFixture site(auth::Mode::open);
  const auto id = id_in(site.server.post("/v1/users", R"({"handle":"ada_2"})"));
  CHECK(site.server.patch(path_of(id), R"({"handle":"ada"})").status == 403);
  site.server.post("/v1/users", R"({"handle":"ada"})");
  site.fresh.execute("UPDATE users SET handle_proposed = true WHERE id = " + std::to_string(id));
  const support::InProcessClient::Headers key{{"idempotency-key", "taken"},
                                              {"x-user-id", std::to_string(id)}};
  const auto taken = site.server.send(http::Method::patch, path_of(id), R"({"handle":"ada"})", key);
  CHECK(taken.status == 409);
  CHECK(text(taken, "error") == "handle is taken");
  const auto replayed =
      site.server.send(http::Method::patch, path_of(id), R"({"handle":"ada"})", key);
  CHECK(replayed.status == 409);
  CHECK(site.server.patch(path_of(id), R"({"handle":7})").status == 400);
  const support::InProcessClient::Headers other_key{{"idempotency-key", "reserved"},
                                                    {"x-user-id", std::to_string(id)}};
  for (int i = 0; i < 2; ++i) {
    const auto reserved = site.server.patch(path_of(id), R"({"handle":"admin"})", other_key);
    CHECK(reserved.status == 409);
    CHECK(text(reserved, "error") ==
          "the handle is reserved: choose one that does not look official");
    CHECK(reserved.body.find(R"("pointer":"/handle")") != std::string::npos);
  }
  const auto renamed = site.server.patch(path_of(id), R"({"handle":"countess"})");
  CHECK(renamed.status == 200);
  CHECK(text(renamed, "handle") == "countess");
  const auto again = site.server.patch(path_of(id), R"({"handle":"eve","name":"Eve"})");
  CHECK(again.status == 403);
  CHECK(text(site.server.get(path_of(id)), "name") == "");
}

TEST_CASE("the alias path creates users too") {
  UserRoutesFixture site(auth::Mode::open);
  CHECK(site.server.post("/users", R"({"handle":"ada"})").status == 201);
  CHECK(site.server.post("/users/", R"({"handle":"bob"})").status == 201);
  CHECK(site.server.post("/v1/users/", R"({"handle":"eve"})").status == 201);
}

TEST_CASE("an invalid user is refused with the name of the invalid member") {
  UserRoutesFixture site(auth::Mode::open);
  REQUIRE(site.server.post("/v1/users", R"({"handle":"ada"})").status == 201);
  const auto taken = site.server.post("/v1/users", R"({"handle":"ada"})");
  CHECK(taken.status == 409);
  CHECK(text(taken, "error") == "handle is taken");
  for (const auto* body : {"", "{}", R"({"handle":""})", R"({"handle":"Ada"})", R"({"handle":7})",
                           R"({"handle":null})", R"({"handle":"a b"})"}) {
    INFO(body);
    const auto answer = site.server.post("/v1/users", body);
    CHECK(answer.status == 400);
    CHECK(answer.body.find(R"("pointer":"/handle")") != std::string::npos);
  }
  const auto nul = site.server.post("/v1/users", R"({"handle":"bob","name":"a\u0000b"})");
  CHECK(nul.status == 400);
  CHECK(nul.body.find(R"("pointer":"/name")") != std::string::npos);
  CHECK(site.server.post("/v1/users", R"({"handle":"bob","name":7})").status == 400);
  CHECK(site.server.post("/v1/users", "[]").status == 400);
  CHECK(site.server.post("/v1/users", R"({"handle":"bob","handle":"eve"})").status == 400);
  CHECK(site.fresh.execute("SELECT count(*) FROM users") == "1");
}

TEST_CASE("a path with an unknown user is 404") {
  UserRoutesFixture site(auth::Mode::open);
  CHECK(text(site.server.get("/v1/users/99999"), "error") == "User with id 99999 not found");
  for (const auto* id : {"0", "-1", "1e3", " 1", "9223372036854775808", "01", "ada"}) {
    INFO(id);
    CHECK(site.server.get(std::string("/v1/users/") + id).status == 404);
    CHECK(site.server.patch(std::string("/v1/users/") + id, R"({"name":"x"})").status == 404);
  }
  CHECK(site.server.get("/v1/users?handle=nobody").status == 404);
  CHECK(site.server.get("/v1/users?handle=").status == 404);
  CHECK(site.server.get("/v1/users").status == 400);
  CHECK(site.server.get("/v1/users?handle=a&handle=b").status == 400);
  CHECK(site.server.patch("/v1/users/99999", R"({"name":"x"})").status == 404);
}

TEST_CASE("where tokens are required, only an admin makes users") {
  UserRoutesFixture site(auth::Mode::required);
  const auto user = site.users.create({"ada"}).id;
  const auto admin = site.users.create({"root", "", users::Role::admin}).id;
  const std::string body = R"({"handle":"new"})";
  CHECK(site.server.post("/v1/users", body).status == 401);
  CHECK(site.server.post("/users", body, {{"x-user-id", std::to_string(admin)}}).status == 401);
  CHECK(site.server.post("/v1/users", body, site.token_of(user)).status == 403);
  CHECK(site.server.post("/v1/users", body, site.token_of(admin)).status == 201);
  CHECK(site.server.get(path_of(user)).status == 200);
}

TEST_CASE("only its owner or an admin changes an account") {
  UserRoutesFixture site(auth::Mode::required);
  const auto ada = site.users.create({"ada"}).id, bob = site.users.create({"bob"}).id;
  const auto admin = site.users.create({"root", "", users::Role::admin}).id;
  const std::string body = R"({"name":"New"})";
  CHECK(site.server.patch(path_of(ada), body).status == 401);
  CHECK(site.server.patch(path_of(ada), body, site.token_of(bob)).status == 403);
  CHECK(site.server
            .patch(path_of(ada), R"({"name":"New","user_id":)" + std::to_string(ada) + "}",
                   site.token_of(bob))
            .status == 403);
  CHECK(site.users.get(ada).name == "");
  CHECK(site.server.patch(path_of(ada), body, site.token_of(ada)).status == 200);
  CHECK(site.users.get(ada).name == "New");
  CHECK(site.server.patch(path_of(bob), body, site.token_of(admin)).status == 200);
  CHECK(site.users.get(bob).name == "New");
}

TEST_CASE("in open mode an account is changed by the named actor, otherwise by its owner") {
  UserRoutesFixture site(auth::Mode::open);
  const auto ada = site.users.create({"ada"}).id, bob = site.users.create({"bob"}).id;
  CHECK(site.server.patch(path_of(ada), R"({"name":"1"})").status == 200);
  CHECK(site.server.patch(path_of(ada), R"({"name":"2"})", {{"x-user-id", std::to_string(ada)}})
            .status == 200);
  CHECK(site.server.patch(path_of(ada), R"({"name":"3"})", {{"x-user-id", std::to_string(bob)}})
            .status == 403);
  CHECK(site.server.patch(path_of(ada), R"({"name":"4","user_id":)" + std::to_string(bob) + "}")
            .status == 403);
  CHECK(site.server.patch(path_of(ada), R"({"name":"5"})", site.token_of(bob)).status == 403);
  CHECK(site.users.get(ada).name == "2");
}
