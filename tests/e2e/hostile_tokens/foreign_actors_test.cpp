// Rows 46, 52, 53, 77 and 78 of the table of bad inputs: a valid token and somebody else's things.
#include "e2e/hostile_tokens/token_server.hpp"

using namespace feedctl;
using namespace feedctl::hostile;

namespace {

HttpHeaders with_key(HttpHeaders headers, const std::string& key) {
  headers.emplace_back("Idempotency-Key", key);
  return headers;
}

std::string make_post(const TokenServer& server, const std::string& token) {
  const auto made = server.http.post("/v1/posts", R"({"text":"mine"})", bearer(token));
  REQUIRE(made.status == 201);
  return std::to_string(api::integer_member(made, "id"));
}

// Bodies that name another user, in both spellings.
std::vector<std::string> bodies_naming(const std::string& id) {
  return {R"({"user_id":)" + id + "}", R"({"user_id":")" + id + "\"}",
          R"({"author_id":)" + id + "}"};
}

}  // namespace

TEST_CASE("row 46: a like counts for the token's user or not at all") {
  TokenServer server;
  const auto post = make_post(server, server.ada), path = "/v1/feed/posts/" + post + "/likes/";
  for (const auto& body : bodies_naming(server.bob_id)) {
    INFO(body);
    CHECK(server.http.post(path, body, bearer(server.ada)).status == 403);
  }
  CHECK(server.http.post(path + "?user_id=" + server.bob_id, "{}", bearer(server.ada)).status ==
        403);
  CHECK(server.http.del(path + server.bob_id + "/", bearer(server.ada)).status == 403);
  CHECK(server.database.execute("SELECT count(*) FROM likes") == "0");
}

TEST_CASE("row 52: a post is deleted by its author or an admin") {
  TokenServer server;
  const auto post = make_post(server, server.ada), path = "/v1/posts/" + post;
  CHECK(server.http.del(path, bearer(server.bob)).status == 403);
  CHECK(server.http.del(path + "?user_id=" + server.ada_id, bearer(server.bob)).status == 403);
  CHECK(server.http.get(path).status == 200);
  CHECK(server.http.del("/v1/users/" + server.ada_id, bearer(server.bob)).status == 403);
  CHECK(server.http.del(path, bearer(server.ada)).status == 204);
}

TEST_CASE("row 53: another user's Idempotency-Key is a key like any other") {
  TokenServer server;
  const auto create = [&](const std::string& token, const char* text) {
    return server.http.post("/v1/posts", std::string(R"({"text":")") + text + "\"}",
                            with_key(bearer(token), "the-same-key"));
  };
  const auto first = create(server.ada, "of ada"), second = create(server.bob, "of bob");
  CHECK(first.status == 201);
  CHECK(second.status == 201);
  CHECK(api::integer_member(first, "id") != api::integer_member(second, "id"));
  CHECK(second.header("idempotency-replayed").empty());
  CHECK(api::text_member(second, "text") == "of bob");
  CHECK(api::integer_member(create(server.ada, "of ada"), "id") ==
        api::integer_member(first, "id"));
}

TEST_CASE("row 77: no route for admins is open to users or editors") {
  TokenServer server;
  const auto editor = server.issue("eve", {"--role", "editor"});
  for (const auto& route : routes_with_policy("admin")) {
    for (const auto& token : {server.ada, editor}) {
      INFO(route.method << ' ' << route.path);
      const auto answer = server.http.send(route.method, route.path, "", bearer(token));
      CHECK(answer.status == 403);
      CHECK(answer.header("content-type") == "application/problem+json");
    }
  }
}

TEST_CASE("row 78: an admin's token ends as an admin's with the role") {
  TokenServer server;
  CHECK(server.http.get("/debug/config", bearer(server.root)).status == 200);
  server.database.execute("UPDATE users SET role = 'user' WHERE handle = 'root'");
  for (const auto& route : routes_with_policy("admin")) {
    INFO(route.method << ' ' << route.path);
    CHECK(server.http.send(route.method, route.path, "", bearer(server.root)).status == 403);
  }
  const auto for_ada = R"({"text":"x","author_id":)" + server.ada_id + "}";
  CHECK(server.http.post("/v1/posts", for_ada, bearer(server.root)).status == 403);
  CHECK(server.http.get("/v1/feed", bearer(server.root)).status == 200);
}
