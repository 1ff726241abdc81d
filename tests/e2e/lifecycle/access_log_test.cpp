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

// A server whose access log is read request by request.
struct LoggingServer {
  explicit LoggingServer(const std::string& auth_mode)
      : process(database, {.config = "server: {port: " + std::to_string(port) + "}\n",
                           .environment = {"FEEDCTL_AUTH_MODE=" + auth_mode}}) {
    REQUIRE(process.wait_for_log("\"listening\""));
  }

  // `user` of the line that the request leaves.
  std::string user_of(const std::string& method, const std::string& target, const std::string& body,
                      support::HttpHeaders headers, int expected_status = 0) {
    const auto id = "request-" + std::to_string(++number);
    headers.emplace_back("X-Request-Id", id);
    const auto answer = http.send(method, target, body, headers);
    INFO(method << " " << target << " " << answer.status << " " << answer.body);
    CHECK(answer.status >= 200);
    CHECK(expected_status == (expected_status == 0 ? 0 : answer.status));
    if (expected_status == 0) CHECK(answer.status < 400);
    const auto line = process.process().wait_for_line("\"request_id\":\"" + id + "\"", 150s);
    REQUIRE(line);
    const auto logged = json::parse(*line);
    const auto* user = logged.find("user");
    INFO(*line);
    REQUIRE((user != nullptr && user->text() != nullptr));
    return *user->text();
  }
  void stop() {
    process.process().signal(SIGTERM);
    CHECK(process.process().wait(60s) == 0);
  }

  const support::FreshDatabase database;
  const int port = support::free_port();
  ManagedProcess process;
  const support::HttpClient http{port};
  int number = 0;
};

struct Tokens {
  explicit Tokens(const support::FreshDatabase& database) {
    shell.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                         "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal()};
    REQUIRE(support::run_feedctl({"migrate", "up"}, shell).exit_code == 0);  // makes the key
  }
  support::HttpHeaders make(const std::string& handle, const std::string& role = "user",
                            const std::string& scope = "read,write,admin") const {
    const auto result = support::run_feedctl(
        {"users", "token", "--handle", handle, "--create", "--role", role, "--scope", scope},
        shell);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return {{"Authorization", "Bearer " + result.out.substr(0, result.out.find('\n'))}};
  }
  support::RunOptions shell;
};

}  // namespace

TEST_CASE("the access log names the actor in open mode, on every route") {
  LoggingServer server("open");
  const auto& http = server.http;
  const auto ada = made(http.post("/v1/users", R"({"handle":"ada"})"));
  const auto bob = made(http.post("/v1/users", R"({"handle":"bob"})"));
  const support::HttpHeaders as_ada{{"X-User-Id", ada}};
  const auto post = made(http.post("/v1/posts", R"({"text":"hello"})", as_ada));
  const auto user_of = [&](const std::string& method, const std::string& target,
                           const std::string& body, const support::HttpHeaders& headers) {
    return server.user_of(method, target, body, headers);
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
  CHECK(server.user_of("GET", "/v1/feed?limit=0", "", as_ada, 400) == ada);
  CHECK(server.user_of("GET", "/v1/feed?limit=0&user_id=" + ada, "", {}, 400) == ada);
  CHECK(server.user_of("POST", "/v1/posts?user_id=" + ada, "{", {}, 400) == ada);
  server.stop();
}

TEST_CASE("the access log names the token's user where tokens are required, on every route") {
  LoggingServer server("required");
  const Tokens tokens(server.database);
  const auto ada = tokens.make("ada"), bob = tokens.make("bob"),
             root = tokens.make("root", "admin");
  const auto reader = tokens.make("ada", "user", "read");
  const auto id_of = [&](const std::string& handle) {
    return server.database.execute("SELECT id FROM users WHERE handle = '" + handle + "'");
  };
  const auto ada_id = id_of("ada"), bob_id = id_of("bob"), root_id = id_of("root");
  const auto post = made(server.http.post("/v1/posts", R"({"text":"hello"})", ada));
  const auto likes = "/v1/feed/posts/" + post + "/likes/";

  for (int i = 0; i < 3; ++i)  // by the handler, and from memory
    CHECK(server.user_of("GET", "/v1/feed", "", ada) == ada_id);
  CHECK(server.user_of("GET", "/v1/feed/hot", "", ada) == ada_id);
  CHECK(server.user_of("GET", "/v1/feed/hot", "", {}).empty());
  CHECK(server.user_of("GET", "/v1/users/" + bob_id, "", ada) == ada_id);
  CHECK(server.user_of("POST", likes, "{}", bob) == bob_id);
  CHECK(server.user_of("POST", "/v1/users/" + bob_id + "/follow", "", ada) == ada_id);
  CHECK(server.user_of("PATCH", "/v1/users/" + bob_id, R"({"name":"Bob"})", bob) == bob_id);
  // Who signed in, where an admin acts for another.
  CHECK(server.user_of("POST", "/v1/posts", R"({"author_id":)" + bob_id + "}", root) == root_id);
  // Refusals.
  CHECK(server.user_of("GET", "/v1/feed?limit=0", "", ada, 400) == ada_id);
  CHECK(server.user_of("POST", likes, R"({"user_id":)" + bob_id + "}", ada, 403) == ada_id);
  CHECK(server.user_of("POST", likes, "{}", reader, 403) == ada_id);
  CHECK(server.user_of("GET", "/debug/config", "", ada, 403) == ada_id);
  CHECK(server.user_of("GET", "/v1/feed", "", {}, 401).empty());
  CHECK(server.user_of("GET", "/v1/feed", "", {{"X-User-Id", ada_id}}, 401).empty());
  server.stop();
}
