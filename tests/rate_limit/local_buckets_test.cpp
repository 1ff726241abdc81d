// The table of buckets in memory: its size is fixed, whatever clients there are.
#include "rate_limit/local_buckets.hpp"

#include <array>
#include <atomic>
#include <string>
#include <thread>

#include "support/catch.hpp"

using namespace feedctl::rate_limit;

namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::size_t one_set = 8;

// A table of one set, whose clock stands still until it is moved.
struct SmallTable {
  std::int64_t now = 1000 * second;
  LocalBuckets buckets{one_set, [this] { return now; }};

  BucketState charge(const std::string& key, GcraRate rate, bool inherits = false) {
    const LocalBuckets::Charge charge{key, rate, inherits};
    BucketState state;
    buckets.charge({&charge, 1}, {&state, 1});
    return state;
  }
};

}  // namespace

TEST_CASE("a full table starts a new client with a full burst, or with what the least busy has") {
  SmallTable table;
  const GcraRate rate{second, 10};
  for (std::size_t i = 0; i < one_set; ++i) {
    for (std::size_t n = 0; n <= i; ++n) table.charge(std::to_string(i), rate);
  }
  SECTION("a client of an open class has its whole burst") {
    CHECK(table.charge("new", rate).remaining == 9);
  }
  SECTION("a client of a strict class continues the bucket of the least busy one") {
    CHECK(table.charge("new", rate, true).remaining == 8);
    CHECK(table.charge("newer", rate, true).remaining == 7);
  }
  SECTION("no number of new clients of a strict class gets more than the table's bursts") {
    int allowed = 0;
    for (int i = 0; i < 1000; ++i)
      allowed += table.charge("new" + std::to_string(i), rate, true).wait_us == 0 ? 1 : 0;
    CHECK(allowed == 10 * 8 - (1 + 2 + 3 + 4 + 5 + 6 + 7 + 8));
  }
  SECTION("buckets that are full again make room") {
    table.now += 20 * second;
    CHECK(table.charge("new", rate, true).remaining == 9);
  }
}

TEST_CASE("both buckets of a request have a slot, even in one set") {
  SmallTable table;
  const std::array<LocalBuckets::Charge, 2> both{
      {{"user", {second, 2}, false}, {"address", {second, 5}, false}}};
  std::array<BucketState, 2> states;
  for (int i = 0; i < 3; ++i) table.buckets.charge(both, states);
  CHECK(states[0].wait_us == second);
  CHECK(states[0].remaining == 0);
  CHECK(states[1].wait_us == 0);
  CHECK(states[1].remaining == 3);  // the refused request did not count
}

TEST_CASE("requests of many threads share one burst") {
  LocalBuckets buckets(one_set, [] { return second; });
  std::atomic<int> allowed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        const LocalBuckets::Charge charge{"user", {second, 100}, false};
        BucketState state;
        buckets.charge({&charge, 1}, {&state, 1});
        if (state.wait_us == 0) ++allowed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(allowed == 100);
}
