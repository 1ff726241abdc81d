// What the scopes and the role of a token allow, and what a refusal tells the client.
#include "actor_routes.hpp"
#include "base/error.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;
using auth::Scope;
using auth::Scopes;

namespace {

std::string challenge_of(http::Response response) {
  const auto* value = response.find_header("WWW-Authenticate");
  return value != nullptr ? *value : "";
}

std::string body_of(Id user) {
  return R"({"user_id":)" + std::to_string(user) + "}";
}

}  // namespace

TEST_CASE("a token is refused on a route whose scope it lacks, in every mode") {
  for (const auto mode : {auth::Mode::required, auth::Mode::open}) {
    ActorRoutes probe(mode);
    const auto ada = std::to_string(probe.ada);
    const auto reads = probe.token_of(probe.ada, {Scope::read});
    const auto writes = probe.token_of(probe.ada, {Scope::write});
    CHECK(probe.get("/read", reads) == ada);
    CHECK(probe.post("/write", "", writes) == ada);
    CHECK(probe.get("/read", writes) == "403");
    CHECK(probe.post("/write", "", reads) == "403");
    CHECK(probe.post("/of/" + ada, "", reads) == "403");
    CHECK(probe.post("/admin", "", probe.token_of(probe.root, {Scope::read, Scope::write})) ==
          "403");
  }
}

TEST_CASE("an admin's token without the scope admin acts for its own user only") {
  ActorRoutes probe(auth::Mode::required);
  const auto plain = probe.token_of(probe.root, {Scope::read, Scope::write});
  CHECK(probe.post("/write", "", plain) == std::to_string(probe.root));
  CHECK(probe.post("/write", body_of(probe.bob), plain) == "403");
  CHECK(probe.post("/of/" + std::to_string(probe.bob), "", plain) == "403");
  CHECK(probe.get("/read?user_id=" + std::to_string(probe.bob), plain) == "403");
}

TEST_CASE("routes of editors are for editors and admins, as the database has it now") {
  for (const auto mode : {auth::Mode::required, auth::Mode::open}) {
    ActorRoutes probe(mode);
    const auto eve = probe.world.add_user("eve", "editor");
    const auto editor = probe.token_of(eve), admin = probe.token_of(probe.root);
    CHECK(probe.post("/edit") == "401");
    CHECK(probe.post("/edit", body_of(eve), {{"x-user-id", std::to_string(eve)}}) == "401");
    CHECK(probe.post("/edit", "", editor) == std::to_string(eve));
    CHECK(probe.post("/edit", "", admin) == std::to_string(probe.root));
    CHECK(probe.post("/edit", "", probe.token_of(probe.ada)) == "403");
    CHECK(probe.post("/edit", "", probe.token_of(eve, {Scope::read, Scope::write})) == "403");
    CHECK(probe.post("/admin", "", editor) == "403");
    CHECK(probe.post("/write", body_of(probe.bob), editor) == "403");

    probe.world.fresh.execute("UPDATE users SET role = 'user' WHERE handle = 'eve'");
    CHECK(probe.post("/edit", "", editor) == "403");
    probe.world.fresh.execute("UPDATE users SET role = 'editor' WHERE handle = 'root'");
    CHECK(probe.post("/edit", "", admin) == std::to_string(probe.root));
    CHECK(probe.post("/admin", "", admin) == "403");
  }
}

TEST_CASE("the routes of admins see a raised token version without waiting for news of it") {
  ActorRoutes probe(auth::Mode::required);
  const auto token = probe.token_of(probe.root);
  REQUIRE(probe.post("/admin", "", token) == std::to_string(probe.root));
  auth::revoke_tokens_of(probe.world.database, probe.root, 24h);
  CHECK(probe.post("/admin", "", token) == "403");
  CHECK(probe.post("/edit", "", token) == "403");
  CHECK(probe.post("/admin", "", probe.token_of(probe.root)) == std::to_string(probe.root));
}

TEST_CASE("a refusal tells the client what is wrong with its token") {
  ActorRoutes probe(auth::Mode::required);
  CHECK(challenge_of(probe.server.post("/write", "{}")) == "Bearer");
  CHECK(challenge_of(probe.server.post("/write", "{}", {{"authorization", "Bearer x"}})) ==
        R"(Bearer error="invalid_token")");
  const auto expired = probe.token_of(probe.ada);
  probe.world.time += 600s;
  CHECK(challenge_of(probe.server.post("/write", "{}", expired)) ==
        R"(Bearer error="invalid_token")");
  const auto refused = probe.server.post("/write", "{}", probe.token_of(probe.ada, {Scope::read}));
  CHECK(refused.status == 403);
  CHECK(challenge_of(refused) == R"(Bearer error="insufficient_scope", scope="write")");
  CHECK(refused.body.find("insufficient scope") != std::string::npos);
  const auto foreign = probe.server.post("/write", body_of(probe.bob), probe.token_of(probe.ada));
  CHECK(foreign.status == 403);
  CHECK(challenge_of(foreign).empty());
}

TEST_CASE("a token keeps the scopes that the role allows") {
  AuthFixture world;
  const auto scopes_of = [&](Id user, Scopes scopes) {
    return world.auth.verify(world.auth.issue({user, scopes, std::nullopt, 60s})).scopes;
  };
  const auto ada = world.add_user("ada");
  CHECK(scopes_of(ada, Scopes::all()) == Scopes{Scope::read, Scope::write});
  CHECK(scopes_of(ada, {Scope::read}) == Scopes{Scope::read});
  for (const auto* role : {"editor", "admin"}) {
    const auto user = world.add_user(role, role);
    CHECK(scopes_of(user, Scopes::all()) == Scopes::all());
    CHECK(scopes_of(user, {Scope::admin}) == Scopes{Scope::admin});
    CHECK(world.auth.verify(world.auth.issue(user, 60s)).scopes == Scopes::all());
  }
  CHECK_THROWS_AS(scopes_of(ada, {Scope::admin}), Error);
  CHECK_THROWS_AS(scopes_of(ada, {}), Error);
}

TEST_CASE("a token names its session and the version of the user's tokens") {
  AuthFixture world;
  const auto ada = world.add_user("ada");
  const std::string session = "01234567-89ab-cdef-0123-456789abcdef";
  const auto claims = world.auth.verify(world.auth.issue({ada, {Scope::read}, session, 60s}));
  CHECK(claims.sid == parse_uuid(session));
  CHECK(claims.token_version == 0);
  CHECK_FALSE(world.auth.verify(world.auth.issue(ada, 60s)).sid);
  CHECK(auth::revoke_tokens_of(world.database, ada, 24h) == 1);
  CHECK(world.auth.verify(world.auth.issue(ada, 60s)).token_version == 1);
  CHECK_THROWS_AS(world.auth.issue({ada, {Scope::read}, "session 7", 60s}), Error);
}

TEST_CASE("without a wait only a cached token that may read names its actor") {
  for (const auto mode : {auth::Mode::required, auth::Mode::open}) {
    AuthFixture world(mode);
    const auto ada = world.add_user("ada");
    const auto actor_of = [&](const std::string& token) {
      return world.auth.cached_actor("Bearer " + token, std::nullopt);
    };
    const auto reads = world.auth.issue({ada, {Scope::read}, std::nullopt, 60s});
    const auto writes = world.auth.issue({ada, {Scope::write}, std::nullopt, 60s});
    CHECK_FALSE(actor_of(reads));  // nobody has verified it yet
    world.auth.verify(reads);
    world.auth.verify(writes);
    CHECK(actor_of(reads) == ada);
    CHECK_FALSE(actor_of(writes));
    CHECK_FALSE(actor_of(reads + "x"));
  }
}

TEST_CASE("a refused request still names its user for the log") {
  ActorRoutes probe(auth::Mode::required);
  http::Request request;
  request.headers = probe.token_of(probe.ada, {Scope::read});
  const auto match = probe.router.match(Method::post, "/write");
  CHECK_THROWS_AS(probe.world.auth.authenticate(request, *match.route), Error);
  REQUIRE(request.identity);
  CHECK(request.identity->user_id == probe.ada);
}

TEST_CASE("in open mode the query and X-User-Id name the user for the log before a handler runs") {
  ActorRoutes probe(auth::Mode::open);
  const auto actor_of = [&](std::vector<std::pair<std::string, std::string>> query,
                            Headers headers) {
    http::Request request;
    request.query = std::move(query);
    request.headers = std::move(headers);
    probe.world.auth.authenticate(request, *probe.router.match(Method::get, "/read").route);
    return request.actor.value_or(0);
  };
  CHECK(actor_of({}, {}) == 0);
  CHECK(actor_of({}, {{"x-user-id", "9"}}) == 9);
  CHECK(actor_of({{"limit", "5"}, {"user_id", "7"}}, {{"x-user-id", "9"}}) == 7);
  CHECK(actor_of({{"author_id", "8"}}, {}) == 8);
  CHECK(actor_of({{"user_id", "x"}}, {}) == 0);
}
