// What every request of the real routes meets: its route's policy, one line in the log, a trace.
#include <csignal>
#include <sstream>

#include "base/json.hpp"
#include "e2e/lifecycle/managed_process.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

using namespace feedctl;
using namespace feedctl::lifecycle;
using feedctl::test::RawClient;
using namespace std::chrono_literals;

namespace {

std::string filled(std::string pattern) {
  for (auto at = pattern.find('{'); at != std::string::npos; at = pattern.find('{'))
    pattern.replace(at, pattern.find('}') - at + 1, "7");
  return pattern;
}

std::string text_of(const json::Value& value, const char* name) {
  const auto* member = value.find(name);
  return member != nullptr && member->text() ? *member->text() : "";
}

}  // namespace

TEST_CASE("every route enforces its policy: without a token only public ones are accessible") {
  const support::FreshDatabase database;
  const support::ServerProcess serve(database, {{"auth.mode", "required"}});
  const auto listed = support::run_feedctl({"routes", "-o", "json"});
  REQUIRE(listed.exit_code == 0);
  const auto routes = json::parse(listed.out);
  REQUIRE(routes.array() != nullptr);
  REQUIRE(routes.array()->size() > 20);
  int guarded = 0;
  for (const auto& route : support::items_of(routes)) {
    const auto method = text_of(route, "method"), policy = text_of(route, "policy");
    const auto pattern = text_of(route, "route");
    INFO(method << " " << pattern << " " << policy);
    CHECK((policy == "public" || policy == "user" || policy == "editor" || policy == "admin"));
    const auto status =
        serve.client().send(method, filled(pattern), method == "GET" ? "" : "{}").status;
    if (policy == "public") {
      CHECK(status != 401);
    } else {
      CHECK(status == 401);
      ++guarded;
    }
    // Their bodies hold the secret that they check.
    const bool checks_body =
        pattern == "/auth/token" || pattern == "/auth/refresh" || pattern == "/auth/logout";
    // For pages of the server, which this client is none of.
    const bool is_for_own_pages = pattern.find("/admin/session") == 0 && method != "GET";
    if (is_for_own_pages) CHECK(status == 403);
    if (method != "GET" && !checks_body && !is_for_own_pages) CHECK(policy != "public");
    const support::HttpHeaders bad_token{{"Authorization", "Bearer expired"}};
    if (checks_body && pattern != "/auth/logout")
      CHECK(serve.client().send(method, pattern, "{}", bad_token).status == 400);
  }
  CHECK(guarded > 10);
}

TEST_CASE("every request writes one line of JSON with its route and trace, whatever it contains") {
  const support::FreshDatabase database;
  const int port = support::free_port();
  ManagedProcess serve(database, {"server:\n  port: " + std::to_string(port) +
                                  "\n  trusted_proxies: [127.0.0.1]\n"});
  REQUIRE(serve.wait_for_log("\"listening\""));
  RawClient client(port);
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const auto head = "X-Request-Id: odd-1\r\nTraceparent: 00-" + trace +
                    "-b7ad6b7169203331-01\r\nX-Forwarded-For: 203.0.113.9\r\n" +
                    "User-Agent: \x1b[31mred\xff\xfe \"quoted\"\r\n";
  const auto answer =
      client.get("/v1/users/%0d%0a%7b%22level%22:%22error%22%7d?token=hidden", head);
  REQUIRE(answer);
  CHECK(answer->header("traceparent") == "00-" + trace + "-b7ad6b7169203331-01");
  const auto fine = RawClient(port).get("/v1/feed/hot", "X-Request-Id: odd-2\r\n");
  REQUIRE(fine);
  CHECK(fine->status == 200);
  REQUIRE(serve.wait_for_log("odd-2"));
  serve.process().signal(SIGTERM);
  CHECK(serve.process().wait(150s) == 0);

  int seen = 0;
  std::istringstream lines(serve.process().output());
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    const auto entry = json::parse(line);  // throws where it is no single object
    CHECK(line.find("hidden") == std::string::npos);
    CHECK(line.find('\x1b') == std::string::npos);
    if (text_of(entry, "message") != "request") continue;
    ++seen;
    if (text_of(entry, "request_id") == "odd-2") {
      CHECK(text_of(entry, "route") == "/v1/feed/hot");
      CHECK(text_of(entry, "trace_id").size() == 32);
      CHECK(text_of(entry, "client") == "127.0.0.1");
      continue;
    }
    CHECK(text_of(entry, "request_id") == "odd-1");
    CHECK(text_of(entry, "trace_id") == trace);
    CHECK(text_of(entry, "client") == "203.0.113.9");
  }
  CHECK(seen == 2);
}
