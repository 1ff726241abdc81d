// Each rate limit of serve fires, whatever a client says of its address, and without Redis, too.
#include <functional>

#include "e2e/rate_limits/limited_server.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/raw_client.hpp"

using namespace feedctl;
using namespace feedctl::test;
using support::HttpResponse;

namespace {

constexpr const char* three_a_day = "3/1d burst 3";
constexpr const char* a_read = "/v1/users?handle=nobody";

// The answers to so many requests in a row that are not refused; then refused ones follow.
int count_before_refusal(const std::function<HttpResponse()>& send) {
  for (int allowed = 0; allowed < 100; ++allowed) {
    if (send().status == 429) return allowed;
  }
  return 100;
}

int to_int(const std::string& text) {
  return text.empty() ? -1 : std::stoi(text);
}

void check_refusal(const HttpResponse& refused, const std::string& limit) {
  CHECK(refused.status == 429);
  CHECK(refused.header("content-type").rfind("application/problem+json", 0) == 0);
  CHECK(to_int(refused.header("retry-after")) > 1);
  CHECK(to_int(refused.header("retry-after")) <= 28800);
  CHECK(refused.header("ratelimit-policy").find('"' + limit + "\";q=3;w=86400") !=
        std::string::npos);
  CHECK(refused.header("ratelimit").find('"' + limit + "\";r=0;t=") != std::string::npos);
}

// Of every store. The metrics themselves are not limited.
double limiter_checks(const LimitedServer& server) {
  const std::string name = "\nfeedctl_rate_limit_checks_total{";
  const auto text = server.serve().client().get("/metrics").body;
  double checks = 0;
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1))
    checks += std::stod(text.substr(text.find("} ", at) + 2));
  return checks;
}

}  // namespace

TEST_CASE("each limit by address fires for that address alone") {
  LimitedServer server({{"rate_limit.address.read", three_a_day},
                        {"rate_limit.address.write", three_a_day},
                        {"rate_limit.address.login", three_a_day},
                        {"rate_limit.address.admin", three_a_day}});
  struct Case {
    std::string limit, method, target, body;
  };
  const Case cases[] = {{"address.read", "GET", a_read, ""},
                        {"address.write", "POST", "/v1/feed/posts", "{}"},
                        {"address.login", "POST", "/auth/refresh", R"({"refresh_token":"x"})"},
                        {"address.admin", "GET", "/debug/config", ""}};
  for (const auto& one : cases) {
    INFO(one.limit);
    const auto send_from = [&](const std::string& address) {
      return server.serve().client().send(one.method, one.target, one.body,
                                          {{"X-Forwarded-For", address}});
    };
    CHECK(count_before_refusal([&] { return send_from("203.0.113.9"); }) == 3);
    check_refusal(send_from("203.0.113.9"), one.limit);
    CHECK(send_from("203.0.113.10").status != 429);
  }
}

TEST_CASE("pages that list the providers use up no sign-ins of their address") {
  const support::Settings settings{{"rate_limit.address.login", three_a_day}};
  LimitedServer server(settings);
  for (int i = 0; i < 10; ++i)
    CHECK(server.get_from("203.0.113.9", "/auth/providers").status == 200);
  const auto refresh = [&] {
    return server.serve().client().send("POST", "/auth/refresh", R"({"refresh_token":"x"})",
                                        {{"X-Forwarded-For", "203.0.113.9"}});
  };
  CHECK(count_before_refusal(refresh) == 3);
}

TEST_CASE("each limit by user fires for that user alone, from whatever address") {
  LimitedServer server({{"rate_limit.user.read", three_a_day},
                        {"rate_limit.user.write", three_a_day},
                        {"rate_limit.user.admin", three_a_day}});
  struct Case {
    std::string limit, method, target, body;
    int status;
  };
  const Case cases[] = {{"user.read", "GET", a_read, "", 404},
                        {"user.write", "POST", "/v1/feed/posts", "{}", 201},
                        {"user.admin", "GET", "/debug/config", "", 200}};
  const auto ana = server.token("ana", "admin"), bo = server.token("bo", "admin");
  int host = 0;
  for (const auto& one : cases) {
    INFO(one.limit);
    const auto send_as = [&](const std::string& token) {
      return server.serve().client().send(
          one.method, one.target, one.body,
          {{"Authorization", "Bearer " + token},
           {"X-Forwarded-For", "203.0.113." + std::to_string(++host)}});
    };
    const auto first = send_as(ana);
    CHECK(first.status == one.status);
    CHECK(first.header("ratelimit").find('"' + one.limit + "\";r=2;t=") == 0);
    CHECK(count_before_refusal([&] { return send_as(ana); }) == 2);
    check_refusal(send_as(ana), one.limit);
    CHECK(send_as(bo).status == one.status);
  }
}

TEST_CASE("a client cannot leave its limit by what it writes into X-Forwarded-For") {
  const support::Settings five{{"rate_limit.address.read", "5/1d burst 5"}};
  const std::string many_hops = "X-Forwarded-For: " + [] {
    std::string hops;
    for (int i = 0; i < 3500; ++i) hops += "1,";
    return hops;
  }() + "\r\n";
  SECTION("without a proxy its own address counts") {
    auto settings = five;
    settings["server.trusted_proxies"] = "";
    LimitedServer server(settings);
    const std::vector<std::string> spoofs{
        "",
        "X-Forwarded-For:\r\n",
        "X-Forwarded-For: ,,,\r\n",
        "X-Forwarded-For: 198.51.100.1\r\n",
        "X-Forwarded-For: 198.51.100.2, 198.51.100.3\r\n",
        "X-Forwarded-For: ::1\r\nX-Forwarded-For: 127.0.0.1\r\n",
        "X-Forwarded-For: unknown, \"_hidden\", [2001:db8::1]:80\r\n",
        many_hops + many_hops + many_hops + "X-Forwarded-For: 198.51.100.4\r\n",
        "Forwarded: for=198.51.100.5\r\n",
        "X-Real-IP: 198.51.100.6\r\nClient-IP: 198.51.100.7\r\n"};
    int allowed = 0, refused = 0;
    for (const auto& fields : spoofs) {
      INFO(fields.substr(0, 60));
      const auto answer = RawClient(server.serve().port()).get(a_read, fields);
      REQUIRE(answer);
      CHECK((answer->status == 404 || answer->status == 429));
      ++(answer->status == 429 ? refused : allowed);
    }
    CHECK(allowed == 5);
    CHECK(refused == static_cast<int>(spoofs.size()) - 5);
  }
  SECTION("behind a proxy the hop that the proxy added counts") {
    LimitedServer server(five);
    int number = 0;
    const auto send = [&] {
      const auto spoofed = "198.51.100." + std::to_string(++number);
      return server.get_from(spoofed + ", " + "203.0.113.9", a_read);
    };
    CHECK(count_before_refusal(send) == 5);
    CHECK(server.get_from("203.0.113.9", a_read).status == 429);
    CHECK(server.get_from("203.0.113.9, 127.0.0.1", a_read).status == 429);
    CHECK(server.get_from("203.0.113.10", a_read).status == 404);
    // What no proxy writes is the proxy's own limit.
    for (const auto* odd : {",,,", "", "203.0.113.11, nonsense"})
      CHECK(server.get_from(odd, a_read).status == 404);
  }
}

TEST_CASE("an IPv6 client has one limit for its /64") {
  const support::Settings settings{{"rate_limit.address.read", three_a_day}};
  LimitedServer server(settings);
  int host = 0;
  const auto send = [&] {
    return server.get_from("2001:db8:1:2::" + std::to_string(++host), a_read);
  };
  CHECK(count_before_refusal(send) == 3);
  CHECK(server.get_from("2001:db8:1:3::1", a_read).status == 404);
}

TEST_CASE("without Redis limits go on in memory, and strict ones are lower") {
  LimitedServer server(
      {{"rate_limit.address.read", "8/1d burst 8"}, {"rate_limit.address.admin", "8/1d burst 8"}});
  const auto read = [&] { return server.get_from("203.0.113.9", a_read); };
  const auto admin = [&] { return server.get_from("203.0.113.9", "/debug/config"); };
  CHECK(count_before_refusal(read) == 8);
  server.redis().kill();
  CHECK(count_before_refusal(read) == 8);
  CHECK(count_before_refusal(admin) == 2);
  CHECK(read().header("ratelimit-policy") == "\"address.read\";q=8;w=86400");
  server.redis().start();
  // Empty again, so Redis allows what this process refused.
  CHECK(support::eventually([&] { return read().status == 404; }));
}

TEST_CASE("a hot page from memory costs no check, and is not limited") {
  LimitedServer server({{"rate_limit.address.read", "1000/1d burst 1000"},
                        {"hot.ttl", "1h"},
                        {"hot.refresh_window", "1h"}});
  const auto hot = [&] { return server.get_from("203.0.113.9", "/v1/feed/hot"); };
  const auto is_from_memory = [](const HttpResponse& answer) {
    REQUIRE(answer.status == 200);
    return answer.header("ratelimit").empty();
  };
  REQUIRE(support::eventually([&] { return is_from_memory(hot()); }));
  const auto before = limiter_checks(server);
  REQUIRE(before > 0);
  // Now and then the handler answers, and renews the page.
  int from_memory = 0;
  for (int i = 0; i < 200; ++i) from_memory += is_from_memory(hot()) ? 1 : 0;
  CHECK(from_memory > 100);
  CHECK(limiter_checks(server) == before + 200 - from_memory);
  REQUIRE(server.get_from("203.0.113.9", a_read).status == 404);
  CHECK(limiter_checks(server) == before + 201 - from_memory);
}
