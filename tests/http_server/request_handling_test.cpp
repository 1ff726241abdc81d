// From a request to its handler and back: identity, errors, overload, the log.
#include <algorithm>
#include <chrono>
#include <thread>

#include "base/error.hpp"
#include "http_server/log_rate_limiter.hpp"
#include "http_server/request_ids.hpp"
#include "http_server/toy_server.hpp"
#include "metrics/metrics.hpp"
#include "support/captured_log.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/json.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

std::string error_of(const RawResponse& answer) {
  return support::text_in(answer, "error");
}

std::string client_of(ToyServer& server, const std::string& forwarded) {
  const auto answer = server.get("/describe", forwarded);
  return support::text_in(answer, "client");
}

}  // namespace

TEST_CASE("an exception of a handler becomes a problem response without secrets") {
  ToyServer server;
  for (const auto* path : {"/throws", "/internal"}) {
    INFO(path);
    const auto answer = server.get(path);
    CHECK(answer.status == 500);
    CHECK(error_of(answer) == "Internal server error");
    for (const auto& [name, value] : answer.headers)
      CHECK(value.find("secret") == std::string::npos);
    CHECK(answer.body.find("secret") == std::string::npos);
  }
  CHECK(server.get("/teapot").status == 410);
  CHECK(error_of(server.get("/teapot")) == "gone for good");
  const auto busy = server.get("/busy");
  CHECK(busy.status == 503);
  CHECK(busy.header("retry-after") == "3");
  CHECK(error_of(busy) == "the database is down");
  CHECK(busy.body.find("10.0.0.7") == std::string::npos);
  CHECK(server.get("/id/abc").status == 404);
}

TEST_CASE("a well-formed request id is adopted, otherwise one is generated") {
  ToyServer server;
  const auto id_for = [&](const std::string& fields) {
    return server.get("/hello", fields).header("x-request-id");
  };
  CHECK(id_for("X-Request-Id: abc-123\r\n") == "abc-123");
  CHECK(id_for("X-Request-Id: " + std::string(128, 'x') + "\r\n") == std::string(128, 'x'));
  CHECK(id_for("X-Request-Id: " + std::string(129, 'x') + "\r\n").size() == 36);
  CHECK(id_for("X-Request-Id: a b\r\n").size() == 36);
  CHECK(id_for("X-Request-Id: \xc3\xa9\r\n").size() == 36);
  CHECK(id_for("X-Request-Id:\r\n").size() == 36);
  CHECK(id_for("") != id_for(""));
  CHECK(server.get("/nowhere", "X-Request-Id: mine\r\n").header("x-request-id") == "mine");
  CHECK(server.get("/%zz", "X-Request-Id: mine\r\n").header("x-request-id") == "mine");
}

TEST_CASE("a valid traceparent is continued, otherwise a trace is started; both are returned") {
  ToyServer server;
  const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto told = [&](const std::string& value) {
    return server.get("/hello", "Traceparent: " + value + "\r\n").header("traceparent");
  };
  CHECK(told(good) == good);
  CHECK(told("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more") ==
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more");
  for (const std::string bad : {"00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", "x"}) {
    INFO(bad);
    const auto made = told(bad);
    CHECK(http::is_traceparent(made));
    CHECK(made.substr(0, 36) != bad.substr(0, 36));
  }
  CHECK(server.get("/hello").header("traceparent") != server.get("/hello").header("traceparent"));
  CHECK(http::is_traceparent(server.get("/%zz").header("traceparent")));
}

TEST_CASE("forwarded addresses count only from a trusted proxy") {
  ToyServer direct;
  CHECK(client_of(direct, "X-Forwarded-For: 9.9.9.9\r\n") == "127.0.0.1");
  ToyServer behind([](http::ServerOptions& options) {
    options.trusted_proxies = {"127.0.0.0/8", "10.1.0.0/16", "2001:db8::/33"};
  });
  const auto through = [&](const std::string& hops) {
    return client_of(behind, "X-Forwarded-For: " + hops + "\r\n");
  };
  CHECK(client_of(behind, "") == "127.0.0.1");
  CHECK(through("9.9.9.9") == "9.9.9.9");
  CHECK(through("1.1.1.1, 9.9.9.9") == "9.9.9.9");
  CHECK(through("1.1.1.1, 9.9.9.9, 10.1.2.3") == "9.9.9.9");
  CHECK(through("9.9.9.9, 10.2.2.3") == "10.2.2.3");
  CHECK(through("9.9.9.9:1234") == "9.9.9.9");
  CHECK(through("[2001:db9::1]:99") == "2001:db9::1");
  CHECK(through("2001:DB9:0::1, 2001:db8:7fff::2") == "2001:db9::1");
  CHECK(through("2001:db8:8000::2") == "2001:db8:8000::2");
  CHECK(through("::ffff:9.9.9.9") == "9.9.9.9");
  CHECK(through("10.1.1.1, 10.1.1.2") == "10.1.1.1");
  CHECK(through("9.9.9.9, evil") == "127.0.0.1");
  CHECK(through("9.9.9.9, , 10.1.1.1") == "10.1.1.1");
  CHECK(through("") == "127.0.0.1");
  CHECK(through(",,,") == "127.0.0.1");
  CHECK(client_of(behind, "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 9.9.9.9\r\n") == "9.9.9.9");
  std::string many;
  for (int i = 0; i < 700; ++i) many += "10.1.1.1, ";
  CHECK(through(many + "10.1.1.1") == "10.1.1.1");
}

TEST_CASE("a forwarded protocol counts only from a trusted proxy") {
  const auto is_https = [](ToyServer& server, const std::string& fields) {
    return support::flag_in(server.get("/describe", fields), "https");
  };
  ToyServer direct;
  CHECK_FALSE(is_https(direct, ""));
  CHECK_FALSE(is_https(direct, "X-Forwarded-Proto: https\r\n"));
  ToyServer behind([](http::ServerOptions& options) { options.trusted_proxies = {"127.0.0.0/8"}; });
  CHECK_FALSE(is_https(behind, ""));
  CHECK(is_https(behind, "X-Forwarded-Proto: https\r\n"));
  CHECK(is_https(behind, "X-Forwarded-Proto: http, HTTPS \r\n"));
  CHECK(is_https(behind, "X-Forwarded-Proto: http\r\nX-Forwarded-Proto: https\r\n"));
  for (const auto* other : {"http", "https, http", "", "httpsx", "https,"}) {
    INFO(other);
    CHECK_FALSE(is_https(behind, std::string("X-Forwarded-Proto: ") + other + "\r\n"));
  }
}

TEST_CASE("a trusted proxy that is not an address is a configuration error") {
  for (const auto* entry :
       {"localhost", "10.0.0.0/33", "10.0.0.0/", "::1/129", "", "10.0.0.0/8x", "10.0.0.0/-1"}) {
    INFO(entry);
    http::Router router;
    http::ServerOptions options;
    options.trusted_proxies = {entry};
    CHECK_THROWS_AS(http::Server(options, router, nullptr), Error);
  }
}

TEST_CASE("only listed origins are allowed, and never with credentials") {
  ToyServer server(
      [](http::ServerOptions& options) { options.cors_origins = {"https://app.example"}; });
  const auto good = server.get("/hello", "Origin: https://app.example\r\n");
  CHECK(good.header("access-control-allow-origin") == "https://app.example");
  CHECK(good.header("vary") == "Origin");
  CHECK(good.count("access-control-allow-credentials") == 0);
  CHECK(server.get("/nowhere", "Origin: https://app.example\r\n")
            .header("access-control-allow-origin") == "https://app.example");
  for (const auto* origin :
       {"https://app.example.evil", "http://app.example", "null", "https://evil"}) {
    INFO(origin);
    const auto foreign = server.get("/hello", std::string("Origin: ") + origin + "\r\n");
    CHECK(foreign.status == 200);
    CHECK(foreign.count("access-control-allow-origin") == 0);
  }
  const auto preflight = [&](const std::string& origin) {
    return *server.client()
                .send("OPTIONS /json HTTP/1.1\r\nHost: t\r\nOrigin: " + origin +
                      "\r\nAccess-Control-Request-Method: POST\r\n\r\n")
                .read_response();
  };
  const auto ours = preflight("https://app.example");
  CHECK(ours.status == 204);
  CHECK(ours.header("access-control-allow-origin") == "https://app.example");
  CHECK(ours.count("access-control-allow-origin") == 1);
  CHECK(ours.header("access-control-allow-methods").find("POST") != std::string::npos);
  for (const auto* name : {"Authorization", "Idempotency-Key", "If-Match", "If-None-Match"}) {
    INFO(name);
    CHECK(ours.header("access-control-allow-headers").find(name) != std::string::npos);
  }
  CHECK(ours.header("access-control-max-age") == "600");
  CHECK(ours.count("access-control-allow-credentials") == 0);
  const auto foreign = preflight("https://evil");
  CHECK(foreign.status == 204);
  CHECK(foreign.count("access-control-allow-origin") == 0);
  ToyServer open([](http::ServerOptions& options) { options.cors_origins = {"*"}; });
  CHECK(open.get("/hello", "Origin: https://any\r\n").header("access-control-allow-origin") == "*");
}

TEST_CASE("an allowed origin matches in any spelling") {
  ToyServer server([](http::ServerOptions& options) {
    options.cors_origins = {"HTTPS://App.Example:443", "http://[0:0::1]:80",
                            "https://b.example:8443"};
  });
  for (const auto* origin : {"https://app.example", "https://app.example.", "http://[::1]",
                             "https://b.example:8443", "https://b.example.:8443"}) {
    INFO(origin);
    CHECK(server.get("/hello", std::string("Origin: ") + origin + "\r\n")
              .header("access-control-allow-origin") == origin);
  }
  for (const auto* origin : {"http://app.example", "https://app.example:444", "https://b.example",
                             "https://app.example..", "."}) {
    INFO(origin);
    CHECK(server.get("/hello", std::string("Origin: ") + origin + "\r\n")
              .count("access-control-allow-origin") == 0);
  }
}

TEST_CASE("the authenticator runs before the handler of every matched route") {
  ToyServer server(nullptr, [](http::Request& request, const http::Route& route) {
    CHECK(route.policy == http::Policy::public_);
    const auto* token = request.header("authorization");
    if (token == nullptr) throw Error(ErrorCode::unauthenticated, "sign in first");
    if (*token != "Bearer good") throw Error(ErrorCode::permission_denied, "not yours");
    request.identity = http::Identity{7, false};
  });
  const auto refused = server.get("/throws");
  CHECK(refused.status == 401);
  CHECK(refused.header("www-authenticate") == "Bearer");
  CHECK(server.get("/hello", "Authorization: Bearer bad\r\n").status == 403);
  const auto good = server.get("/describe", "Authorization: Bearer good\r\n");
  CHECK(good.status == 200);
  CHECK(good.body.find("\"user\":7") != std::string::npos);
  CHECK(server.get("/nowhere").status == 404);
}

TEST_CASE("a full queue is answered with 503 immediately and the connection stays open") {
  ToyServer server([](http::ServerOptions& options) {
    options.handler_threads = 1;
    options.limits.max_queued = 1;
  });
  auto running = server.client();
  running.send(get_request("/gate"));
  server.gate.wait_for_arrivals(1);
  std::vector<RawClient> waiting;
  for (int i = 0; i < 8; ++i) waiting.push_back(server.client());
  for (auto& client : waiting) client.send(get_request("/hello"));
  CHECK(support::eventually([&] {
    return std::count_if(waiting.begin(), waiting.end(),
                         [](RawClient& client) { return !client.is_silent(0ms); }) >= 7;
  }));
  int refused = 0;
  std::vector<RawClient*> queued;
  for (auto& client : waiting) {
    if (client.is_silent(300ms)) {
      queued.push_back(&client);
      continue;
    }
    const auto answer = client.read_response();
    REQUIRE(answer);
    CHECK(answer->status == 503);
    CHECK_FALSE(answer->header("retry-after").empty());
    CHECK(answer->header("content-type") == "application/problem+json");
    CHECK(answer->header("connection").empty());
    ++refused;
  }
  CHECK(refused >= 7);
  CHECK(queued.size() <= 1);
  server.gate.open();
  CHECK(running.read_response()->status == 200);
  for (auto* client : queued) CHECK(client->read_response()->status == 200);
  CHECK(waiting.back().get("/hello")->status == 200);
}

TEST_CASE("a request whose deadline passed in the queue does not run") {
  ToyServer server([](http::ServerOptions& options) {
    options.handler_threads = 1;
    options.handler_timeout = 100ms;
  });
  auto running = server.client();
  running.send(get_request("/gate"));
  server.gate.wait_for_arrivals(1);
  auto late = server.client();
  late.send(get_request("/hello"));
  std::this_thread::sleep_for(200ms);
  server.gate.open();
  const auto answer = late.read_response();
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK_FALSE(answer->header("retry-after").empty());
}

TEST_CASE("each request writes one log line, whatever it contains") {
  std::vector<std::string> lines;
  {
    ToyServer server([](http::ServerOptions& options) { options.access_log = true; });
    const CapturedLog captured;
    server.get("/items/7?secret=x", "X-Request-Id: one\r\n");
    server.get("/hello", "X-Request-Id: two\r\nUser-Agent: a\xff\r\n");
    server.get("/items/%0a%1b[31m?secret=x", "X-Request-Id: three\r\n");
    server.get("/throws", "X-Request-Id: four\r\n");
    server.server.stop();
    lines = captured.lines();
  }
  std::vector<std::string> seen;
  for (const auto& line : lines) {
    INFO(line);
    const auto entry = json::parse(line);
    REQUIRE(entry.find("request_id") != nullptr);
    if (support::text_in(entry, "message") != "request") continue;
    for (const auto* name :
         {"method", "route", "path", "status", "ms", "bytes", "client", "trace_id", "user"}) {
      INFO(name);
      CHECK(entry.find(name) != nullptr);
    }
    CHECK(line.find("secret") == std::string::npos);
    seen.push_back(support::text_in(entry, "request_id") + " " +
                   std::to_string(support::integer_in(entry, "status")));
  }
  CHECK(seen.size() == 4);
}

TEST_CASE("causes of unavailability are logged once a second with a count") {
  ToyServer server;
  std::this_thread::sleep_for(1100ms);  // refusals of other tests count, too
  const CapturedLog captured;
  for (int i = 0; i < 5; ++i) CHECK(server.get("/busy").status == 503);
  std::this_thread::sleep_for(1100ms);
  CHECK(server.get("/busy").status == 503);
  std::vector<json::Value> warnings;
  for (const auto& line : captured.lines()) {
    auto entry = json::parse(line);
    if (support::text_in(entry, "level") == "warning") warnings.push_back(std::move(entry));
  }
  REQUIRE(warnings.size() == 2);
  CHECK(support::text_in(warnings[0], "error") == "the database is down");
  CHECK(support::text_in(warnings[0], "detail") == "no route to 10.0.0.7");
  CHECK(support::text_in(warnings[0], "route") == "/busy");
  CHECK(support::integer_in(warnings[1], "suppressed") == 4);
}

TEST_CASE("each kind of failure is logged once a second with its cause and a count") {
  ToyServer server;
  const CapturedLog captured;
  const auto lines_of = [&](const std::string& route) {
    std::vector<json::Value> lines;
    for (const auto& line : captured.lines()) {
      auto entry = json::parse(line);
      const auto* named = entry.find("route");
      if (named != nullptr && *named->text() == route &&
          *entry.find("message")->text() == "request failed") {
        lines.push_back(std::move(entry));
      }
    }
    return lines;
  };
  // Sends until the second line. The first may count failures of other tests in the same second.
  int asked = 0, before = 0;
  while (lines_of("/throws").size() < 2) {
    const auto had = lines_of("/throws").size();
    CHECK(server.get("/throws").status == 500);
    ++asked;
    if (had == 0 && lines_of("/throws").size() == 1) before = asked;
  }
  CHECK(*lines_of("/throws")[1].find("suppressed")->integer() == asked - before - 1);
  // Another route's failures are another kind.
  while (lines_of("/internal").empty()) CHECK(server.get("/internal").status == 500);
}

TEST_CASE("kinds of messages are throttled separately, up to the throttle's capacity") {
  http::KeyedLogRateLimiter each(2);
  CHECK(each.try_log("a") == 0U);
  CHECK_FALSE(each.try_log("a"));
  CHECK(each.try_log("b") == 0U);
  CHECK(each.try_log("c") == 0U);
  CHECK_FALSE(each.try_log("d"));  // all further kinds count as one
  CHECK_FALSE(each.try_log("b"));
}

TEST_CASE("requests are counted by route, method and code") {
  ToyServer server;
  const auto count = [](const std::string& child) {
    const auto text = metrics::exposition_text();
    const auto at = text.find("feedctl_http_request_duration_seconds_count{" + child + "}");
    return at == std::string::npos ? 0 : std::stoi(text.substr(text.find("} ", at) + 2));
  };
  const std::string item = R"(code="200",method="GET",route="/items/{id}")";
  const std::string unknown = R"(code="404",method="GET",route="none")";
  const auto items = count(item), unknowns = count(unknown);
  auto& timeouts = metrics::counter("feedctl_http_rejected_total", "", {{"reason", "malformed"}});
  const auto malformed = timeouts.value();
  server.get("/items/1");
  server.get("/items/2");
  server.get("/nowhere/3");
  server.get("/%zz");
  // An answer is out a moment before it is counted.
  CHECK(support::eventually([&] {
    return count(item) == items + 2 && count(unknown) == unknowns + 1 &&
           timeouts.value() == malformed + 1;
  }));
}
