// The limiter over a real Redis: which limits a request meets, and what it is told.
#include "rate_limit/limiter.hpp"

#include <algorithm>
#include <thread>

#include "support/captured_log.hpp"
#include "support/catch.hpp"
#include "support/redis_server.hpp"

using namespace feedctl;
using feedctl::test::CapturedLog;
using namespace std::chrono_literals;
using http::RateClass;
using http::RunOn;

namespace {

using config::Rate;

// No limit but those that a test sets; no address is exempt.
config::RateLimitConfig no_limits() {
  config::RateLimitConfig config;
  config.user = {Rate{}, Rate{}, Rate{}, Rate{}};
  config.address = {Rate{}, Rate{}, Rate{}, Rate{}, Rate{}};
  config.exempt_addresses.clear();
  return config;
}

constexpr Rate daily(std::int64_t burst) {
  return {burst, 24h, burst};
}

redis::PoolOptions pool_options(const std::string& url) {
  redis::PoolOptions options;
  options.url = url;
  options.timeout = 10s;
  return options;
}

http::Request request_from(const std::string& address, std::optional<Id> user = std::nullopt) {
  http::Request request;
  request.client_address = address;
  if (user) request.identity = http::Identity{*user};
  return request;
}

// A request of one class, on the handler pool unless said otherwise.
http::RateLimitVerdict check(rate_limit::Limiter& limiter, RateClass rate_class,
                             const http::Request& request, RunOn run_on = RunOn::pool) {
  return limiter.check(request, rate_class, run_on);
}

// How many requests in a row are allowed, of at most 1000.
int count_allowed(rate_limit::Limiter& limiter, RateClass rate_class, const http::Request& request,
                  RunOn run_on = RunOn::pool) {
  int allowed = 0;
  while (allowed < 1000 && !check(limiter, rate_class, request, run_on).refusal) ++allowed;
  return allowed;
}

// A limiter without Redis and one with it, for what both must do alike.
struct BothLimiters {
  explicit BothLimiters(const config::RateLimitConfig& config)
      : memory(config, {}), shared(config, pool_options(server.url())) {}
  test::RedisServer server;
  rate_limit::Limiter memory, shared;

  template <typename Check>
  void each(Check check) {
    check(memory);
    check(shared);
  }
};

std::string calls_of_scripts(const test::RedisServer& server) {
  std::string lines;
  for (const char* name : {"cmdstat_evalsha:", "cmdstat_eval:"}) {
    const auto info = server.cli("INFO commandstats");
    const auto at = info.find(name);
    if (at != std::string::npos) lines += info.substr(at, info.find(',', at) - at) + ' ';
  }
  return lines;
}

}  // namespace

TEST_CASE("each limit refuses above its burst, names itself and says when to come again") {
  struct Case {
    RateClass rate_class;
    Rate config::RateLimitConfig::User::*user;
    Rate config::RateLimitConfig::Address::*address;
    std::string name;
  };
  using User = config::RateLimitConfig::User;
  using Address = config::RateLimitConfig::Address;
  const Case cases[] = {
      {RateClass::read, &User::read, nullptr, "user.read"},
      {RateClass::write, &User::write, nullptr, "user.write"},
      {RateClass::upload, &User::upload, nullptr, "user.upload"},
      {RateClass::admin, &User::admin, nullptr, "user.admin"},
      {RateClass::read, nullptr, &Address::read, "address.read"},
      {RateClass::write, nullptr, &Address::write, "address.write"},
      {RateClass::login, nullptr, &Address::login, "address.login"},
      {RateClass::upload, nullptr, &Address::upload, "address.upload"},
      {RateClass::admin, nullptr, &Address::admin, "address.admin"},
  };
  for (const auto& one : cases) {
    INFO(one.name);
    auto config = no_limits();
    if (one.user != nullptr) config.user.*one.user = daily(3);
    if (one.address != nullptr) config.address.*one.address = daily(3);
    BothLimiters limiters(config);
    limiters.each([&](rate_limit::Limiter& limiter) {
      const auto request = request_from("203.0.113.9", 42);
      const auto first = check(limiter, one.rate_class, request);
      CHECK_FALSE(first.refusal);
      CHECK(first.fields.policy == '"' + one.name + "\";q=3;w=86400");
      CHECK(first.fields.limit.rfind('"' + one.name + "\";r=2;t=", 0) == 0);
      CHECK(count_allowed(limiter, one.rate_class, request) == 2);
      const auto refused = check(limiter, one.rate_class, request);
      REQUIRE(refused.refusal);
      CHECK(refused.refusal->code() == ErrorCode::rate_limited);
      REQUIRE(refused.refusal->retry_after());
      CHECK(*refused.refusal->retry_after() > 1s);
      CHECK(*refused.refusal->retry_after() <= 28800s);
      const std::string text = refused.refusal->what();
      CHECK(text.find(one.name.substr(0, one.name.find('.'))) != std::string::npos);
      CHECK(text.find(one.name.substr(one.name.find('.') + 1)) != std::string::npos);
      CHECK(refused.fields.limit.rfind('"' + one.name + "\";r=0;t=", 0) == 0);
      // Others, and other classes, go on.
      CHECK_FALSE(check(limiter, one.rate_class, request_from("203.0.113.10", 43)).refusal);
      const auto other = one.rate_class == RateClass::read ? RateClass::write : RateClass::read;
      CHECK_FALSE(check(limiter, other, request).refusal);
    });
  }
}

TEST_CASE("a request of a user meets the limits of the user and of the address in one call") {
  auto config = no_limits();
  config.user.write = daily(3);
  config.address.write = daily(5);
  BothLimiters limiters(config);
  limiters.each([&](rate_limit::Limiter& limiter) {
    const auto verdict = check(limiter, RateClass::write, request_from("203.0.113.9", 1));
    CHECK(verdict.fields.policy == "\"user.write\";q=3;w=86400, \"address.write\";q=5;w=86400");
    CHECK(count_allowed(limiter, RateClass::write, request_from("203.0.113.9", 1)) == 2);
    // What the user's limit refused, the address has not paid for.
    CHECK(count_allowed(limiter, RateClass::write, request_from("203.0.113.9", 2)) == 2);
    CHECK(count_allowed(limiter, RateClass::write, request_from("203.0.113.9", 3)) == 0);
    CHECK(count_allowed(limiter, RateClass::write, request_from("203.0.113.10", 3)) == 3);
  });
  CHECK(limiters.server.cli("DBSIZE") != "0");
  CHECK(limiters.server.cli("EXISTS rate:user.write:1 rate:address.write:203.0.113.9") == "2");
}

TEST_CASE("an IPv6 client has the limit of its /64, however it writes its address") {
  auto config = no_limits();
  config.address.read = daily(4);
  BothLimiters limiters(config);
  limiters.each([&](rate_limit::Limiter& limiter) {
    for (const auto* address : {"2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff",
                                "2001:0db8:0001:0002::9", "2001:DB8:1:2:0:0:0:1"})
      CHECK_FALSE(check(limiter, RateClass::read, request_from(address)).refusal);
    CHECK(check(limiter, RateClass::read, request_from("2001:db8:1:2::abcd")).refusal);
    CHECK_FALSE(check(limiter, RateClass::read, request_from("2001:db8:1:3::1")).refusal);
    // An IPv4 address stands for itself, also in its IPv6 form.
    CHECK(count_allowed(limiter, RateClass::read, request_from("::ffff:203.0.113.9")) == 4);
    CHECK(check(limiter, RateClass::read, request_from("203.0.113.9")).refusal);
    CHECK_FALSE(check(limiter, RateClass::read, request_from("203.0.113.10")).refusal);
  });
}

TEST_CASE("IPv4 clients behind a translator do not share one /64") {
  auto config = no_limits();
  config.address.read = daily(2);
  BothLimiters limiters(config);
  limiters.each([&](rate_limit::Limiter& limiter) {
    CHECK(count_allowed(limiter, RateClass::read, request_from("64:ff9b::203.0.113.9")) == 2);
    CHECK(count_allowed(limiter, RateClass::read, request_from("64:ff9b::203.0.113.10")) == 2);
    CHECK(count_allowed(limiter, RateClass::read, request_from("64:ff9b:1::203.0.113.9")) == 2);
    CHECK(check(limiter, RateClass::read, request_from("64:ff9b:1::203.0.113.10")).refusal);
  });
}

TEST_CASE("a peer that may be an unnamed proxy is told once: exempt, or private and refused") {
  auto config = no_limits();
  config.address.read = daily(1);
  config.exempt_addresses = {"127.0.0.1"};
  const auto warnings_of = [&](const std::string& address, bool forwards) {
    const CapturedLog log;
    rate_limit::Limiter limiter(config, {});
    auto request = request_from(address);
    if (forwards) request.headers.emplace_back("x-forwarded-for", "203.0.113.9");
    for (int i = 0; i < 3; ++i) check(limiter, RateClass::read, request);
    const auto lines = log.lines();
    return std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
      return line.find("name it in server.trusted_proxies") != std::string::npos;
    });
  };
  for (const auto* proxy :
       {"127.0.0.1", "10.1.2.3", "172.18.0.1", "192.168.0.7", "100.64.0.1", "fd00::1", "unix"}) {
    INFO(proxy);
    CHECK(warnings_of(proxy, true) == 1);
    CHECK(warnings_of(proxy, false) == 0);
  }
  // Anybody may send the field from outside.
  CHECK(warnings_of("203.0.113.9", true) == 0);
}

TEST_CASE("exempt addresses have no limit by address, but users keep theirs") {
  auto config = no_limits();
  config.address.read = daily(1);
  config.user.read = daily(2);
  config.exempt_addresses = config::RateLimitConfig{}.exempt_addresses;
  BothLimiters limiters(config);
  limiters.each([&](rate_limit::Limiter& limiter) {
    for (const auto* address : {"127.0.0.1", "127.9.9.9", "::1", "unix"}) {
      INFO(address);
      CHECK(count_allowed(limiter, RateClass::read, request_from(address)) == 1000);
      CHECK(check(limiter, RateClass::read, request_from(address)).fields.policy.empty());
    }
    CHECK(count_allowed(limiter, RateClass::read, request_from("127.0.0.1", 7)) == 2);
    CHECK(count_allowed(limiter, RateClass::read, request_from("128.0.0.1")) == 1);
  });
}

TEST_CASE("peers without an address share one limit unless they are exempt") {
  auto config = no_limits();
  config.address.read = daily(2);
  BothLimiters limiters(config);
  limiters.each([&](rate_limit::Limiter& limiter) {
    CHECK(count_allowed(limiter, RateClass::read, request_from("unix")) == 2);
    CHECK(count_allowed(limiter, RateClass::read, request_from("")) == 0);
  });
}

TEST_CASE("all processes count together in Redis, and no request there slips between two others") {
  test::RedisServer server;
  auto config = no_limits();
  config.address.read = daily(50);
  rate_limit::Limiter one(config, pool_options(server.url()));
  rate_limit::Limiter two(config, pool_options(server.url()));
  std::atomic<int> allowed{0};
  std::vector<std::thread> threads;
  for (auto* limiter : {&one, &two, &one, &two}) {
    threads.emplace_back([&allowed, limiter] {
      for (int i = 0; i < 50; ++i) {
        const auto verdict =
            limiter->check(request_from("203.0.113.9"), RateClass::read, RunOn::pool);
        if (!verdict.refusal) ++allowed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(allowed == 50);
}

TEST_CASE("without an answer of Redis each process counts alone, strictly where it matters") {
  test::RedisServer server;
  auto config = no_limits();
  config.address = {daily(40), daily(40), daily(40), daily(40), daily(40)};
  rate_limit::Limiter limiter(config, pool_options(server.url()));
  const auto client = request_from("203.0.113.9");
  CHECK(count_allowed(limiter, RateClass::read, client) == 40);
  CHECK(count_allowed(limiter, RateClass::login, client) == 40);
  server.kill();
  CHECK(count_allowed(limiter, RateClass::read, client) == 40);
  CHECK(count_allowed(limiter, RateClass::write, client) == 40);
  for (const auto strict : {RateClass::login, RateClass::upload, RateClass::admin})
    CHECK(count_allowed(limiter, strict, client) == 10);
  const auto refused = check(limiter, RateClass::login, client);
  REQUIRE(refused.refusal);
  CHECK(*refused.refusal->retry_after() > 1s);
}

TEST_CASE("a strict limit without Redis still allows one request") {
  auto config = no_limits();
  config.address.login = daily(2);
  rate_limit::Limiter limiter(config, pool_options("unix:///nonexistent/redis.sock"));
  CHECK(count_allowed(limiter, RateClass::login, request_from("203.0.113.9")) == 1);
}

TEST_CASE("without a configured Redis all classes have their whole rates") {
  auto config = no_limits();
  config.address.login = daily(8);
  rate_limit::Limiter limiter(config, {});
  CHECK(count_allowed(limiter, RateClass::login, request_from("203.0.113.9")) == 8);
}

TEST_CASE("on an event loop requests count in memory and cost no call of Redis") {
  test::RedisServer server;
  auto config = no_limits();
  config.address = {daily(5), daily(5), daily(5), daily(5), daily(5)};
  rate_limit::Limiter limiter(config, pool_options(server.url()));
  const auto client = request_from("203.0.113.9");
  CHECK_FALSE(check(limiter, RateClass::write, client).refusal);
  const auto before = calls_of_scripts(server);
  REQUIRE_FALSE(before.empty());
  CHECK(count_allowed(limiter, RateClass::write, client, RunOn::event_loop) == 5);
  CHECK(count_allowed(limiter, RateClass::login, client, RunOn::event_loop) == 5);
  CHECK(calls_of_scripts(server) == before);
  CHECK_FALSE(check(limiter, RateClass::write, client).refusal);
  CHECK(calls_of_scripts(server) != before);
}

TEST_CASE("a request without a limit costs no call of Redis") {
  test::RedisServer server;
  auto config = no_limits();
  config.address.write = daily(5);
  rate_limit::Limiter limiter(config, pool_options(server.url()));
  CHECK_FALSE(check(limiter, RateClass::write, request_from("203.0.113.9")).refusal);
  const auto before = calls_of_scripts(server);
  REQUIRE_FALSE(before.empty());
  CHECK(count_allowed(limiter, RateClass::read, request_from("203.0.113.9", 1)) == 1000);
  CHECK(count_allowed(limiter, RateClass::none, request_from("203.0.113.9", 1)) == 1000);
  config.enabled = false;
  limiter.reload(config);
  CHECK(count_allowed(limiter, RateClass::write, request_from("203.0.113.9")) == 1000);
  CHECK(calls_of_scripts(server) == before);
}

TEST_CASE(
    "reloaded limits apply to the next request, and a smaller one refuses no longer than it "
    "says") {
  auto config = no_limits();
  config.address.read = {100, 24h, 100};
  BothLimiters limiters(config);
  limiters.each([&](rate_limit::Limiter& limiter) {
    const auto client = request_from("203.0.113.9");
    CHECK(count_allowed(limiter, RateClass::read, client) == 100);
    auto smaller = no_limits();
    smaller.address.read = {1, 1s, 1};
    limiter.reload(smaller);
    const auto refused = check(limiter, RateClass::read, client);
    REQUIRE(refused.refusal);
    CHECK(*refused.refusal->retry_after() == 1s);
    limiter.reload(no_limits());
    CHECK(count_allowed(limiter, RateClass::read, client) == 1000);
    limiter.reload(config);
  });
}

TEST_CASE("Redis is not used before it is known whose it is, and its keys have the prefix") {
  test::RedisServer server;
  auto config = no_limits();
  config.address.read = daily(3);
  auto options = pool_options(server.url());
  options.prefix = "staging:";
  options.wait_for_installation = true;
  rate_limit::Limiter limiter(config, options);
  const auto client = request_from("203.0.113.9");
  CHECK_FALSE(check(limiter, RateClass::read, client).refusal);
  CHECK(server.cli("EXISTS staging:rate:address.read:203.0.113.9") == "0");
  limiter.set_installation("this one");
  CHECK_FALSE(check(limiter, RateClass::read, client).refusal);
  CHECK(server.cli("EXISTS staging:rate:address.read:203.0.113.9") == "1");
}

TEST_CASE("refused requests are counted by class and limit") {
  auto config = no_limits();
  config.address.login = daily(1);
  rate_limit::Limiter limiter(config, {});
  auto& refused = metrics::counter("feedctl_rate_limit_refused_total", "",
                                   {{"class", "login"}, {"limit", "address"}});
  const auto before = refused.value();
  for (int i = 0; i < 4; ++i) check(limiter, RateClass::login, request_from("203.0.113.77"));
  CHECK(refused.value() == before + 3);
}
