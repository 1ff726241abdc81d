// The buckets in Redis and in memory, request by request against the reference: after every
// sequence of three steps in time, for single buckets and for pairs.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rate_limit/gcra_script.hpp"
#include "rate_limit/leaky_bucket.hpp"
#include "rate_limit/local_buckets.hpp"
#include "redis/connection.hpp"
#include "support/catch.hpp"
#include "support/redis_server.hpp"

using namespace feedctl;
using namespace feedctl::rate_limit;
using feedctl::test::LeakyBucket;

namespace {

constexpr std::int64_t hour = 3'600'000'000;
constexpr std::int64_t start = 1'800'000'000'000'000;  // a time of these years

// One request to buckets of these rates at that time.
using Rates = std::vector<GcraRate>;
using ChargeAt = std::function<std::vector<BucketState>(const Rates&, std::int64_t now)>;

// Buckets in Redis whose time is the test's. They live for hours, so none expires meanwhile.
class RedisBuckets {
 public:
  RedisBuckets() {
    const std::string time = "redis.call('TIME')";
    const auto at = script_.find(time);
    REQUIRE(at != std::string::npos);
    script_.replace(at, time.size(), "{ARGV[#ARGV - 1], ARGV[#ARGV]}");
    connection_.emplace(redis::parse_url(server_.url()), std::chrono::seconds{60},
                        redis::Scripts{script_}, redis::Tenancy{});
  }

  std::vector<BucketState> charge(const Rates& rates, std::int64_t now) {
    std::vector<std::string> keys, arguments;
    for (std::size_t i = 0; i < rates.size(); ++i) {
      keys.push_back(std::to_string(i));
      arguments.push_back(std::to_string(rates[i].interval_us));
      arguments.push_back(std::to_string(rates[i].burst));
    }
    arguments.push_back(std::to_string(now / 1'000'000));
    arguments.push_back(std::to_string(now % 1'000'000));
    const auto reply =
        connection_->eval(0, {keys.begin(), keys.end()}, {arguments.begin(), arguments.end()});
    REQUIRE(reply.elements.size() == 3 * rates.size());
    std::vector<BucketState> states;
    for (std::size_t i = 0; i < reply.elements.size(); i += 3)
      states.push_back({reply.elements[i].integer, reply.elements[i + 1].integer,
                        reply.elements[i + 2].integer});
    return states;
  }
  void clear() { connection_->command({"FLUSHALL"}); }

 private:
  test::RedisServer server_;
  std::string script_{gcra_script};
  std::optional<redis::Connection> connection_;
};

// Buckets in memory whose time is the test's.
class MemoryBuckets {
 public:
  std::vector<BucketState> charge(const Rates& rates, std::int64_t now) {
    now_ = now;
    std::vector<LocalBuckets::Charge> charges;
    for (std::size_t i = 0; i < rates.size(); ++i)
      charges.push_back({i == 0 ? "user" : "address", rates[i]});
    std::vector<BucketState> states(rates.size());
    buckets_->charge(charges, states);
    return states;
  }
  void clear() {
    buckets_.emplace(64, [this] { return now_; });
  }

 private:
  std::int64_t now_ = 0;
  std::optional<LocalBuckets> buckets_;
};

// Contains every sequence of three of the numbers 0 .. count - 1 (a de Bruijn sequence).
std::vector<std::size_t> every_triple(std::size_t count) {
  std::vector<bool> seen(count * count * count);
  std::vector<std::size_t> sequence{0, 0};
  for (bool found = true; found;) {
    found = false;
    for (std::size_t next = count; next-- > 0 && !found;) {
      const auto a = sequence[sequence.size() - 2], b = sequence.back();
      const auto triple = (a * count + b) * count + next;
      if (seen[triple]) continue;
      seen[triple] = found = true;
      sequence.push_back(next);
    }
  }
  return sequence;
}

// Around the times at which the first rate allows one more request or all of its burst, and back.
// On average time goes on, so that both outcomes are common.
std::vector<std::int64_t> steps_of(const GcraRate& rate) {
  const auto interval = rate.interval_us, capacity = rate.capacity_us();
  return {0, 1, interval, interval - 1, -1, -capacity, interval * 3 / 2, 2 * capacity + 1};
}

void check_against_reference(const Rates& rates, const ChargeAt& charge) {
  std::vector<LeakyBucket> reference(rates.begin(), rates.end());
  const auto steps = steps_of(rates.front());
  auto now = start;
  std::size_t wrong = 0, allowed = 0, refused = 0;
  for (const auto step : every_triple(steps.size())) {
    now += steps[step];
    const auto states = charge(rates, now);
    const auto expected = test::charge(reference, now);
    bool is_allowed = true;
    for (std::size_t i = 0; i < rates.size(); ++i) {
      is_allowed = is_allowed && states[i].wait_us == 0;
      if (states[i].wait_us != expected[i].wait_us ||
          states[i].remaining != expected[i].remaining ||
          states[i].reset_us != expected[i].reset_us)
        ++wrong;
    }
    ++(is_allowed ? allowed : refused);
  }
  CHECK(wrong == 0);
  CHECK(allowed > 50);
  CHECK(refused > 50);
}

const std::vector<Rates>& all_rates() {
  static const std::vector<Rates> all = [] {
    std::vector<Rates> made;
    for (const std::int64_t interval : {hour, hour + 7})
      for (const std::int64_t burst : {1, 2, 3, 10}) made.push_back({{interval, burst}});
    made.push_back({{hour, 3}, {hour, 2}});
    made.push_back({{hour, 2}, {2 * hour + 1, 5}});
    made.push_back({{hour + 3, 4}, {hour / 2, 1}});
    return made;
  }();
  return all;
}

template <typename Buckets>
void check_all_rates(Buckets& buckets) {
  for (const auto& rates : all_rates()) {
    INFO(rates.front().interval_us << " " << rates.front().burst << ", " << rates.size());
    buckets.clear();
    check_against_reference(
        rates, [&](const Rates& r, std::int64_t now) { return buckets.charge(r, now); });
  }
}

}  // namespace

TEST_CASE("the sequence of steps contains every triple") {
  CHECK(every_triple(8).size() == 8 * 8 * 8 + 2);
}

TEST_CASE("the script allows and refuses as the reference does, also while the clock jumps") {
  RedisBuckets buckets;
  check_all_rates(buckets);
}

TEST_CASE("the buckets in memory allow and refuse as the reference does") {
  MemoryBuckets buckets;
  check_all_rates(buckets);
}

TEST_CASE("a bucket in Redis expires when its whole burst is allowed again") {
  test::RedisServer server;
  redis::Connection connection(redis::parse_url(server.url()), std::chrono::seconds{60},
                               {gcra_script}, {});
  const auto charge = [&] {
    return connection.eval(0, {"bucket"}, {"60000000", "3"}).elements.at(0).integer;
  };
  CHECK(charge() == 0);
  auto left = connection.command({"PTTL", "bucket"}).integer;
  CHECK(left > 0);
  CHECK(left <= 60'000);
  CHECK(charge() == 0);
  CHECK(charge() == 0);
  CHECK(charge() > 0);
  left = connection.command({"PTTL", "bucket"}).integer;
  CHECK(left > 60'000);
  CHECK(left <= 180'000);
}

TEST_CASE("a bucket in Redis with a value of something else counts as new") {
  test::RedisServer server;
  redis::Connection connection(redis::parse_url(server.url()), std::chrono::seconds{60},
                               {gcra_script}, {});
  for (const auto* value : {"", "x", "nan", "-inf", "inf", "1e300", "-5"}) {
    INFO(value);
    connection.command({"SET", "bucket", value});
    const auto reply = connection.eval(0, {"bucket"}, {"3600000000", "2"});
    REQUIRE(reply.elements.size() == 3);
    CHECK(reply.elements[0].integer >= 0);
    CHECK(reply.elements[0].integer <= hour);
    CHECK(reply.elements[2].integer >= 0);
    CHECK(reply.elements[2].integer <= 2 * hour);
  }
}
