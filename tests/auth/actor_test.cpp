#include "actor_routes.hpp"
#include "support/catch.hpp"
#include "support/database_outage.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

namespace {

std::string actor_body(Id id, const std::string& member = "user_id") {
  return "{\"" + member + "\":" + std::to_string(id) + "}";
}

Headers plus(Headers headers, const std::string& name, const std::string& value) {
  headers.emplace_back(name, value);
  return headers;
}

}  // namespace

TEST_CASE("where tokens are required, a request without one has no actor and is refused") {
  ActorRoutes probe(auth::Mode::required);
  const auto answer = probe.server.post("/write", actor_body(probe.ada));
  CHECK(answer.status == 401);
  const auto asks = std::pair<std::string, std::string>("WWW-Authenticate", "Bearer");
  CHECK(std::count(answer.headers.begin(), answer.headers.end(), asks) == 1);
  CHECK(probe.post("/write", "", {{"x-user-id", std::to_string(probe.ada)}}) == "401");
  CHECK(probe.post("/of/" + std::to_string(probe.ada)) == "401");
  CHECK(probe.get("/read?user_id=" + std::to_string(probe.ada)) == "nobody");
  CHECK(probe.get("/read", {{"x-user-id", "not an id"}}) == "nobody");
}

TEST_CASE("the token determines the actor, and an actor named in the request must match it") {
  for (const auto mode : {auth::Mode::required, auth::Mode::open}) {
    ActorRoutes probe(mode);
    const auto ada = std::to_string(probe.ada), bob = std::to_string(probe.bob);
    const auto token = probe.token_of(probe.ada);
    CHECK(probe.post("/write", "", token) == ada);
    CHECK(probe.post("/write", actor_body(probe.ada), token) == ada);
    CHECK(probe.post("/write", actor_body(probe.bob), token) == "403");
    CHECK(probe.post("/write", actor_body(probe.bob, "author_id"), token) == "403");
    CHECK(probe.post("/write?user_id=" + bob, "", token) == "403");
    CHECK(probe.get("/read", token) == ada);
    CHECK(probe.get("/read?user_id=" + bob, token) == "403");
    CHECK(probe.post("/of/" + ada, "", token) == "self");
    CHECK(probe.post("/of/" + bob, "", token) == "403");
    CHECK(probe.post("/of/" + bob, actor_body(probe.bob), token) == "403");
  }
}

TEST_CASE("X-User-Id is accepted in open mode only") {
  ActorRoutes open(auth::Mode::open), strict(auth::Mode::required);
  const auto with_header = [](ActorRoutes& probe, Id id) {
    return plus(probe.token_of(probe.ada), "x-user-id", std::to_string(id));
  };
  CHECK(open.post("/write", "", with_header(open, open.ada)) == std::to_string(open.ada));
  CHECK(open.post("/write", "", with_header(open, open.bob)) == "403");
  CHECK(open.post("/write", actor_body(open.ada), with_header(open, open.bob)) == "403");
  CHECK(strict.post("/write", "", with_header(strict, strict.bob)) == std::to_string(strict.ada));
}

TEST_CASE("an admin may act for others") {
  for (const auto mode : {auth::Mode::required, auth::Mode::open}) {
    ActorRoutes probe(mode);
    const auto token = probe.token_of(probe.root);
    CHECK(probe.post("/write", "", token) == std::to_string(probe.root));
    CHECK(probe.post("/write", actor_body(probe.bob), token) == std::to_string(probe.bob));
    CHECK(probe.post("/of/" + std::to_string(probe.ada), "", token) == "self");
  }
}

TEST_CASE("in open mode body, query and X-User-Id name the actor, in this order") {
  ActorRoutes probe(auth::Mode::open);
  CHECK(probe.post("/write") == "400");
  CHECK(probe.server.post("/write").body.find("\"error\":\"user_id is required\"") !=
        std::string::npos);
  CHECK(probe.post("/write?user_id=7", actor_body(5), {{"x-user-id", "9"}}) == "5");
  CHECK(probe.post("/write?user_id=7", actor_body(6, "author_id"), {{"x-user-id", "9"}}) == "6");
  CHECK(probe.post("/write?user_id=7", "{}", {{"x-user-id", "9"}}) == "7");
  CHECK(probe.post("/write?author_id=8", "{}", {{"x-user-id", "9"}}) == "8");
  CHECK(probe.post("/write", "{}", {{"x-user-id", "9"}}) == "9");
  CHECK(probe.post("/write", R"({"user_id":null})", {{"x-user-id", "9"}}) == "9");
  CHECK(probe.post("/write", R"({"user_id":"12"})") == "12");
  CHECK(probe.get("/read") == "nobody");
  CHECK(probe.get("/read", {{"x-user-id", "9"}}) == "9");
}

TEST_CASE("in open mode the user in the path is the actor unless another is named") {
  ActorRoutes probe(auth::Mode::open);
  CHECK(probe.post("/of/5") == "self");
  CHECK(probe.post("/of/5", actor_body(5)) == "self");
  CHECK(probe.post("/of/5", actor_body(6)) == "403");
  CHECK(probe.post("/of/5?user_id=6") == "403");
  CHECK(probe.post("/of/5", "", {{"x-user-id", "6"}}) == "403");
}

TEST_CASE("an actor that is not a valid id is a bad request") {
  ActorRoutes probe(auth::Mode::open);
  for (const auto* id : {"0", "-1", "1e3", " 1", "9223372036854775808", "01", "abc", ""}) {
    INFO(id);
    CHECK(probe.post("/write", "", {{"x-user-id", id}}) == "400");
    CHECK(probe.post("/write?user_id=" + std::string(id)) == "400");
    CHECK(probe.post("/write", R"({"user_id":")" + std::string(id) + "\"}") == "400");
  }
  CHECK(probe.post("/write", "", {{"x-user-id", "1"}, {"x-user-id", "1"}}) == "400");
  CHECK(probe.post("/write?user_id=1&user_id=1") == "400");
}

TEST_CASE("any Authorization header but a single bearer token is refused on every route") {
  for (const auto mode : {auth::Mode::required, auth::Mode::open}) {
    ActorRoutes probe(mode);
    const auto token = probe.world.auth.issue(probe.ada, 600s);
    const auto good = Headers{{"authorization", "Bearer " + token}};
    const Headers bad[] = {{{"authorization", "Basic YWRhOmFkYQ=="}},
                           {{"authorization", token}},
                           {{"authorization", "Bearer"}},
                           {{"authorization", "Bearer "}},
                           {{"authorization", "Bearer  " + token}},
                           {{"authorization", "Bearer " + token + ", Bearer " + token}},
                           {{"authorization", "Token " + token}},
                           {{"authorization", ""}},
                           {{"authorization", "Bearer " + token + "x"}},
                           plus(good, "authorization", "Bearer " + token)};
    for (const auto& headers : bad) {
      INFO(headers.front().second.substr(0, 40));
      CHECK(probe.get("/read", headers) == "401");
      CHECK(probe.post("/write", actor_body(probe.ada), headers) == "401");
      CHECK(probe.post("/admin", "", headers) == "401");
    }
    CHECK(probe.post("/write?access_token=" + token, actor_body(probe.ada)) == "401");
    CHECK(probe.post("/write?access_token=" + token, "", good) == "401");
    CHECK(probe.post("/write", "", good) == std::to_string(probe.ada));
    CHECK(probe.post("/write", "", {{"authorization", "bearer " + token}}) ==
          std::to_string(probe.ada));
  }
}

TEST_CASE("admin routes require a user who is an admin at that moment, in every mode") {
  for (const auto mode : {auth::Mode::required, auth::Mode::open}) {
    ActorRoutes probe(mode);
    const auto root = probe.token_of(probe.root);
    CHECK(probe.post("/admin") == "401");
    CHECK(probe.post("/admin", actor_body(probe.root),
                     {{"x-user-id", std::to_string(probe.root)}}) == "401");
    CHECK(probe.post("/admin", "", probe.token_of(probe.ada)) == "403");
    CHECK(probe.post("/admin", "", root) == std::to_string(probe.root));

    probe.world.fresh.execute("UPDATE users SET role = 'editor' WHERE handle = 'root'");
    CHECK(probe.post("/admin", "", root) == "403");
    CHECK(probe.post("/write", actor_body(probe.bob), root) == "403");
    probe.world.fresh.execute(
        "UPDATE users SET role = 'admin', deleted_at = now() WHERE handle = 'root'");
    CHECK(probe.post("/admin", "", root) == "403");

    // Who was promoted needs a new token.
    const auto before = probe.token_of(probe.ada);
    probe.world.fresh.execute("UPDATE users SET role = 'admin' WHERE handle = 'ada'");
    CHECK(probe.post("/admin", "", before) == "403");
    CHECK(probe.post("/admin", "", probe.token_of(probe.ada)) == std::to_string(probe.ada));
  }
}

TEST_CASE("while the database is away an admin reads as a user does, and does nothing else") {
  ActorRoutes probe(auth::Mode::required);
  const auto root = std::to_string(probe.root), bob = std::to_string(probe.bob);
  const auto token = probe.token_of(probe.root);
  CHECK(probe.get("/mine?user_id=" + bob, token) == bob);
  {
    const support::DatabaseOutage outage(probe.world.fresh);
    CHECK(probe.get("/mine", token) == root);
    CHECK(probe.get("/mine?user_id=" + bob, token) == "503");
    CHECK(probe.post("/write", "", token) == "503");
    CHECK(probe.post("/admin", "", token) == "503");
  }
  CHECK(probe.get("/mine?user_id=" + bob, token) == bob);
}
