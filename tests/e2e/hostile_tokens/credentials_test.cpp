// Rows 59, 60, 79 and 80 of the table of bad inputs: no token, a token in a wrong place, cookies.
#include "e2e/hostile_tokens/token_server.hpp"

using namespace feedctl;
using namespace feedctl::hostile;

namespace {

struct Attempt {
  const char* description;
  HttpHeaders headers;
  std::string query = {};
};

std::vector<Attempt> attempts(const TokenServer& server) {
  const auto& token = server.root;
  const auto with_other = [&](const char* name, const std::string& value) {
    auto headers = bearer(token);
    headers.emplace_back(name, value);
    return headers;
  };
  return {
      {"nothing", {}},
      {"an id", {{"X-User-Id", server.root_id}}},
      {"Basic", {{"Authorization", "Basic cm9vdDpyb290"}}},
      {"Digest", {{"Authorization", "Digest username=\"root\""}}},
      {"another scheme", {{"Authorization", "Token " + token}}},
      {"no scheme", {{"Authorization", token}}},
      {"no token", {{"Authorization", "Bearer"}}},
      {"an empty field", {{"Authorization", ""}}},
      {"two tokens in one field", {{"Authorization", "Bearer " + token + ", Bearer " + token}}},
      {"two fields", with_other("Authorization", "Bearer " + token)},
      {"a field and another scheme", with_other("Authorization", "Basic cm9vdDpyb290")},
      {"in the query", {}, "?access_token=" + token},
      {"in the query, by another name", {}, "?token=" + token},
      {"in the query beside the field", bearer(token), "?access_token=" + token},
      {"a cookie", {{"Cookie", "access_token=" + token}}},
      {"a cookie of a name as if from here", {{"Cookie", "__Host-feedctl=" + token}}},
      {"a cookie named as the field", {{"Cookie", "Authorization=Bearer " + token}}},
      {"the proxy's field", {{"Proxy-Authorization", "Bearer " + token}}},
      {"fields that proxies set", {{"X-Forwarded-User", "root"}, {"X-Remote-User", "root"}}},
  };
}

std::vector<Route> guarded_routes() {
  auto routes = routes_with_policy("user");
  for (auto& route : routes_with_policy("admin")) routes.push_back(std::move(route));
  return routes;
}

}  // namespace

TEST_CASE("rows 59, 60 and 80: every route for users or admins wants one bearer token") {
  TokenServer server;
  const auto routes = guarded_routes();
  for (const auto& attempt : attempts(server)) {
    for (const auto& route : routes) {
      INFO(attempt.description << ": " << route.method << ' ' << route.path);
      const auto answer =
          server.http.send(route.method, route.path + attempt.query, "", attempt.headers);
      CHECK(answer.status == 401);
      CHECK(answer.header("www-authenticate").rfind("Bearer", 0) == 0);
    }
  }
}

TEST_CASE("row 79: a page of another origin cannot act for who is signed in here") {
  TokenServer server;
  // All that a browser sends along by itself, and all that it lets a foreign page add.
  const HttpHeaders of_a_foreign_page{{"Origin", "https://evil.example"},
                                      {"Referer", "https://evil.example/"},
                                      {"Sec-Fetch-Site", "cross-site"},
                                      {"Cookie", "access_token=" + server.root}};
  for (const auto& route : routes_with_policy("admin")) {
    INFO(route.method << ' ' << route.path);
    const auto answer = server.http.send(route.method, route.path, "", of_a_foreign_page);
    CHECK(answer.status == 401);
    CHECK(answer.header("access-control-allow-origin").empty());
    CHECK(answer.header("access-control-allow-credentials").empty());
  }
  const auto preflight = server.http.send("OPTIONS", "/v1/users", "",
                                          {{"Origin", "https://evil.example"},
                                           {"Access-Control-Request-Method", "POST"},
                                           {"Access-Control-Request-Headers", "authorization"}});
  CHECK(preflight.header("access-control-allow-origin").empty());
  CHECK(preflight.header("access-control-allow-headers").empty());
}
