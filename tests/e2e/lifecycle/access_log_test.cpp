// `user` in the access log: who acted, on whichever way a request was answered.
#include "base/json.hpp"
#include "e2e/lifecycle/managed_process.hpp"
#include "support/catch.hpp"
#include "support/http_client.hpp"
#include "support/server_process.hpp"

using namespace feedctl;
using namespace feedctl::lifecycle;
using namespace std::chrono_literals;

namespace {

std::string made(const support::HttpResponse& answer) {
  INFO(answer.status << " " << answer.body);
  REQUIRE(answer.status == 201);
  return std::to_string(*json::parse(answer.body).find("id")->integer());
}

}  // namespace

TEST_CASE("the access log names the actor in open mode, on every route") {
  const support::FreshDatabase database;
  const int port = support::free_port();
  ManagedProcess serve(database, {"server: {port: " + std::to_string(port) + "}\n"});
  REQUIRE(serve.wait_for_log("\"listening\""));
  const support::HttpClient http(port);
  const auto ada = made(http.post("/v1/users", R"({"handle":"ada"})"));
  const auto bob = made(http.post("/v1/users", R"({"handle":"bob"})"));
  const support::HttpHeaders as_ada{{"X-User-Id", ada}};
  const auto post = made(http.post("/v1/posts", R"({"text":"hello"})", as_ada));

  int number = 0;
  const auto user_of = [&](const std::string& method, const std::string& target,
                           const std::string& body, support::HttpHeaders headers) {
    const auto id = "request-" + std::to_string(++number);
    headers.emplace_back("X-Request-Id", id);
    const auto answer = http.send(method, target, body, headers);
    INFO(method << " " << target << " " << answer.status);
    CHECK(answer.status < 400);
    const auto line = serve.process().wait_for_line("\"request_id\":\"" + id + "\"", 150s);
    REQUIRE(line);
    return *json::parse(*line).find("user")->text();
  };
  const auto by_body = R"({"user_id":)" + bob + "}";
  CHECK(user_of("GET", "/v1/feed", "", as_ada) == ada);
  CHECK(user_of("GET", "/v1/feed", "", as_ada) == ada);  // by now perhaps from memory
  CHECK(user_of("GET", "/v1/feed?user_id=" + bob, "", {}) == bob);
  CHECK(user_of("GET", "/v1/feed/hot", "", as_ada) == ada);
  CHECK(user_of("GET", "/v1/feed/hot", "", {}).empty());
  CHECK(user_of("GET", "/v1/users/" + bob, "", as_ada) == ada);
  CHECK(user_of("GET", "/v1/posts/" + post, "", as_ada) == ada);
  CHECK(user_of("POST", "/v1/posts", R"({"text":"x","author_id":)" + bob + "}", {}) == bob);
  CHECK(user_of("POST", "/v1/posts", R"({"text":"x","author_id":)" + bob + "}", as_ada) == bob);
  CHECK(user_of("POST", "/v1/feed/posts/" + post + "/likes/", by_body, {}) == bob);
  CHECK(user_of("POST", "/v1/feed/posts/" + post + "/likes/", "{}", as_ada) == ada);
  CHECK(user_of("POST", "/v1/users/" + bob + "/follow", "", as_ada) == ada);
  CHECK(user_of("PATCH", "/v1/users/" + bob, R"({"name":"Bob"})", {}) == bob);
  CHECK(user_of("DELETE", "/v1/users/" + bob, "", {}) == bob);
  serve.process().signal(SIGTERM);
  CHECK(serve.process().wait(60s) == 0);
}
