// Where the server asks its rate limiter, and what it does with the verdict.
#include <algorithm>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "http_server/toy_server.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;
using http::RateClass;
using http::RunOn;

namespace {

// A server that records in which order it checks requests. Tokens are the ids of users.
class LimitedServer {
 public:
  explicit LimitedServer(std::vector<RateClass> refused_classes = {})
      : server_(
            nullptr, [this](http::Request& request, const http::Route&) { authenticate(request); },
            [this, refused_classes](const auto& request, RateClass rate_class, RunOn run_on) {
              const auto& refused = refused_classes;
              const bool is_refused =
                  std::find(refused.begin(), refused.end(), rate_class) != refused.end();
              return check(request, rate_class, run_on, is_refused);
            }) {}

  ToyServer& toy() { return server_; }
  RawResponse send(const std::string& request) {
    auto response = server_.client().send(request).read_response();
    REQUIRE(response);
    return *response;
  }
  // Since the last call.
  std::vector<std::string> take_checks() {
    const std::lock_guard lock(mutex_);
    return std::exchange(checks_, {});
  }

 private:
  void note(std::string check) {
    const std::lock_guard lock(mutex_);
    checks_.push_back(std::move(check));
  }

  void authenticate(http::Request& request) {
    note("authenticate");
    const auto* token = request.header("authorization");
    if (token != nullptr && *token == "wrong")
      throw Error(ErrorCode::unauthenticated, "a bad token");
    if (token != nullptr) request.identity = http::Identity{7};
  }

  http::RateLimitVerdict check(const http::Request& request, RateClass rate_class, RunOn run_on,
                               bool is_refused) {
    note(std::string(http::to_string(rate_class)) + (request.identity ? " of a user" : "") +
         (run_on == RunOn::event_loop ? " on the loop" : ""));
    http::RateLimitVerdict verdict{.fields = {"\"p\";q=9;w=60", "\"p\";r=4;t=6"}};
    if (is_refused)
      verdict.refusal =
          Error(ErrorCode::rate_limited, "too many").with_retry_after(std::chrono::seconds{17});
    return verdict;
  }

  std::mutex mutex_;
  std::vector<std::string> checks_;
  ToyServer server_;
};

using Checks = std::vector<std::string>;

const std::string post_none = "POST /none HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n";
const std::string post_login = "POST /auth/login HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n";
const std::string post_begun = "POST /begun HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n";

}  // namespace

TEST_CASE("a request is counted after its authentication, by the class of its route") {
  LimitedServer server;
  CHECK(server.send(get_request("/hello")).status == 200);
  CHECK(server.take_checks() == Checks{"authenticate", "read"});
  CHECK(server.send(get_request("/hello", "Authorization: 7\r\n")).status == 200);
  CHECK(server.take_checks() == Checks{"authenticate", "read of a user"});
  CHECK(server.send(post_none + "\r\n").status == 204);
  CHECK(server.take_checks() == Checks{"authenticate", "write"});
}

TEST_CASE("a form that a route takes beside JSON is counted as an upload") {
  LimitedServer server;
  const std::string post = "POST /large-body HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n";
  CHECK(server.send(post + "Content-Type: application/json\r\n\r\n{}").status == 201);
  CHECK(server.take_checks() == Checks{"authenticate", "write"});
  CHECK(server.send(post + "Content-Type: multipart/form-data\r\n\r\n--").status == 201);
  CHECK(server.take_checks() == Checks{"authenticate", "upload"});
  LimitedServer strict({RateClass::upload});
  CHECK(strict.send(post + "Content-Type: multipart/form-data\r\n\r\n--").status == 429);
  CHECK(strict.send(post + "Content-Type: application/json\r\n\r\n{}").status == 201);
}

TEST_CASE("a sign-in is counted before its authentication") {
  LimitedServer server;
  CHECK(server.send(post_login + "\r\n").status == 200);
  CHECK(server.take_checks() == Checks{"login", "authenticate"});
  CHECK(server.send(post_login + "Authorization: wrong\r\n\r\n").status == 401);
  CHECK(server.take_checks() == Checks{"login", "authenticate"});
  LimitedServer strict({RateClass::login});
  CHECK(strict.send(post_login + "Authorization: wrong\r\n\r\n").status == 429);
  CHECK(strict.take_checks() == Checks{"login"});
}

TEST_CASE("a request with a bad token is counted, and refused above the limit") {
  LimitedServer server;
  CHECK(server.send(get_request("/hello", "Authorization: wrong\r\n")).status == 401);
  CHECK(server.take_checks() == Checks{"authenticate", "read"});
  LimitedServer strict({RateClass::read});
  CHECK(strict.send(get_request("/hello", "Authorization: wrong\r\n")).status == 429);
}

TEST_CASE("a counted request is answered with its limits, a refused one also with a time") {
  LimitedServer server({RateClass::write});
  for (const auto& [request, status] :
       {std::pair{get_request("/hello"), 200}, std::pair{get_request("/throws"), 500},
        std::pair{post_none + "\r\n", 429}}) {
    INFO(request);
    const auto answer = server.send(request);
    CHECK(answer.status == status);
    CHECK(answer.header("ratelimit-policy") == "\"p\";q=9;w=60");
    CHECK(answer.header("ratelimit") == "\"p\";r=4;t=6");
    CHECK(answer.header("retry-after") == (status == 429 ? "17" : ""));
    if (status != 429) continue;
    CHECK(answer.header("content-type").rfind("application/problem+json", 0) == 0);
    CHECK(answer.body.find("\"detail\":\"too many\"") != std::string::npos);
  }
}

TEST_CASE("a refused request does not run, and the connection stays open") {
  LimitedServer server({RateClass::write});
  auto client = server.toy().client();
  REQUIRE(client.send(post_begun + "\r\n").read_response()->status == 429);
  CHECK(server.toy().pending.all.empty());
  CHECK(client.send(get_request("/hello")).read_response()->status == 200);
}

TEST_CASE("responses from memory and those without a route are not counted") {
  LimitedServer server({RateClass::read, RateClass::write});
  for (const auto* path : {"/ready/it", "/nowhere"}) {
    INFO(path);
    const auto answer = server.send(get_request(path));
    CHECK(answer.status != 429);
    CHECK(answer.count("ratelimit") == 0);
    CHECK(server.take_checks().empty());
  }
  CHECK(server.send(get_request("/health")).status == 200);
  CHECK(server.take_checks() == Checks{"authenticate"});
}

TEST_CASE("what starts on the event loop is counted there, and with a token on the pool") {
  LimitedServer server;
  CHECK(server.send(get_request("/in-turn/a")).status == 200);
  CHECK(server.take_checks() == Checks{"authenticate", "read on the loop"});
  CHECK(server.send(get_request("/in-turn/a", "Authorization: 7\r\n")).status == 200);
  CHECK(server.take_checks() == Checks{"authenticate", "read of a user"});
  const auto begin = [&](const std::string& fields, std::size_t nth) {
    auto client = server.toy().client();
    client.send(post_begun + fields + "\r\n");
    server.toy().pending.wait_for(nth)([] { return http::json_response(201, "{}"); },
                                       RunOn::event_loop);
    const auto answer = client.read_response();
    REQUIRE(answer);
    CHECK(answer->status == 201);
    CHECK(answer->header("ratelimit") == "\"p\";r=4;t=6");
  };
  begin("", 0);
  CHECK(server.take_checks() == Checks{"authenticate", "write on the loop"});
  begin("Authorization: 7\r\n", 1);
  CHECK(server.take_checks() == Checks{"authenticate", "write of a user"});
}
