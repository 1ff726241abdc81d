// A session's tokens after its end, and with less than all scopes.
#include "e2e/hostile_tokens/session.hpp"

using namespace feedctl;
using namespace feedctl::hostile;

TEST_CASE("after a logout neither token of the session is accepted, other sessions go on") {
  TokenServer server;
  const auto gone = sign_in(server.database, server.http, server.ada_id);
  const auto kept = sign_in(server.database, server.http, server.ada_id);
  CHECK(server.http.get("/auth/me", bearer(gone.access_token)).status == 200);
  const auto left =
      server.http.post("/auth/logout", R"({"refresh_token":")" + gone.refresh_token + "\"}");
  CHECK(left.status / 100 == 2);
  check_refused(server.http, gone.access_token);
  CHECK(refresh(server.http, gone.refresh_token).status == 401);
  CHECK(server.http.get("/auth/me", bearer(kept.access_token)).status == 200);
  CHECK(refresh(server.http, kept.refresh_token).status == 200);
}

TEST_CASE("after a logout everywhere every older token of the user is refused") {
  TokenServer server;
  const auto one = sign_in(server.database, server.http, server.ada_id);
  const auto two = sign_in(server.database, server.http, server.ada_id);
  CHECK(server.http.post("/auth/logout-all", "", bearer(one.access_token)).status / 100 == 2);
  for (const auto& token : {one.access_token, two.access_token, server.ada})
    check_refused(server.http, token);
  for (const auto& token : {one.refresh_token, two.refresh_token})
    CHECK(refresh(server.http, token).status == 401);
  CHECK(server.http.get("/v1/feed", bearer(server.bob)).status == 200);
  const auto fresh = sign_in(server.database, server.http, server.ada_id);
  CHECK(server.http.get("/v1/feed", bearer(fresh.access_token)).status == 200);
}

TEST_CASE(
    "a session that is ended by its owner's other device is over, a stranger's is not found") {
  TokenServer server;
  const auto lost = sign_in(server.database, server.http, server.ada_id);
  const auto mine = sign_in(server.database, server.http, server.ada_id);
  const auto of_bob = sign_in(server.database, server.http, server.bob_id);
  const auto end = [&](const Session& session, const Session& by) {
    return server.http
        .del("/auth/sessions/" + session_id_of(session.access_token), bearer(by.access_token))
        .status;
  };
  CHECK(end(of_bob, mine) == 404);
  CHECK(server.http.get("/auth/me", bearer(of_bob.access_token)).status == 200);
  CHECK(end(lost, mine) / 100 == 2);
  check_refused(server.http, lost.access_token);
  const auto listed = server.http.get("/auth/sessions", bearer(mine.access_token)).body;
  CHECK(listed.find(session_id_of(mine.access_token)) != std::string::npos);
  CHECK(listed.find(session_id_of(lost.access_token)) == std::string::npos);
  CHECK(listed.find(session_id_of(of_bob.access_token)) == std::string::npos);
  CHECK(listed.find(mine.refresh_token) == std::string::npos);
}

TEST_CASE("a token that may only read writes nowhere, not even an admin's") {
  TokenServer server;
  for (const auto& token :
       {sign_in(server.database, server.http, server.ada_id, "{read}").access_token,
        server.issue("ada", {"--scope", "read"}), server.issue("root", {"--scope", "read"})}) {
    CHECK(server.http.get("/v1/feed", bearer(token)).status == 200);
    const auto refused = server.http.post("/v1/posts", R"({"text":"x"})", bearer(token));
    CHECK(refused.status == 403);
    CHECK(refused.header("www-authenticate").find("error=\"insufficient_scope\"") !=
          std::string::npos);
    for (const auto& route : routes_with_policy("admin")) {
      INFO(route.method << ' ' << route.path);
      CHECK(server.http.send(route.method, route.path, "", bearer(token)).status == 403);
    }
  }
  CHECK(server.database.execute("SELECT count(*) FROM posts") == "0");
}

TEST_CASE("a session cannot be refreshed into more scopes than it had, nor a user into an admin") {
  TokenServer server;
  const auto session = sign_in(server.database, server.http, server.ada_id, "{read,admin}");
  const auto fresh =
      server.http.post("/auth/refresh", R"({"refresh_token":")" + session.refresh_token +
                                            R"(","scope":"read write admin"})");
  REQUIRE(fresh.status == 200);
  const auto token = api::text_member(fresh, "access_token");
  CHECK(server.http.post("/v1/posts", R"({"text":"x"})", bearer(token)).status == 403);
  CHECK(server.http.get("/debug/config", bearer(token)).status == 403);
  CHECK(api::text_member(fresh, "scope") == "read");
}
