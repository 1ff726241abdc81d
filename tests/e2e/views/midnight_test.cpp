// Midnight (UTC) while views arrive: a user counts once on each of the two days.
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "e2e/views/view_world.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;
using support::eventually;

namespace {

constexpr int user_count = 12, post_count = 4;
constexpr std::int64_t day_seconds = 86'400;

// How often a view was counted. Thread-safe.
class CountedViews {
 public:
  void add(const PostUser& view) {
    const std::lock_guard lock(mutex_);
    ++counts_[view];
  }
  bool all_are(int count) const {
    const std::lock_guard lock(mutex_);
    return counts_.size() == user_count * post_count &&
           std::all_of(counts_.begin(), counts_.end(),
                       [&](const auto& item) { return item.second == count; });
  }

 private:
  mutable std::mutex mutex_;
  std::map<PostUser, int> counts_;
};

// A recorder whose next midnight is `lead` away: it lives yesterday, and then today.
class MidnightTest {
 public:
  explicit MidnightTest(std::chrono::seconds lead)
      : offset_(-(redis_time() % day_seconds) - lead.count()) {}

  // The time of Redis, in seconds since 1970.
  std::int64_t redis_time() const {
    const auto time = world.redis.cli("TIME");
    return std::stoll(time.substr(0, time.find('\n')));
  }
  std::int64_t shifted_day() const { return (redis_time() + offset_) / day_seconds; }
  std::int64_t next_midnight() const { return (shifted_day() + 1) * day_seconds - offset_; }

  // Every user views every post.
  void view_all(CountedViews& counted) {
    for (const auto user : world.users) {
      const auto results = record(recorder_, user, posts);
      for (std::size_t i = 0; i < posts.size(); ++i)
        if (results[i].is_counted()) counted.add({posts[i], user});
    }
  }

  support::FreshDatabase database;
  ViewWorld world{database, user_count};
  const std::vector<Id> posts = world.add_posts(post_count);

 private:
  views::ViewRecorder::Options options() const {
    views::ViewRecorder::Options options;
    options.redis = world.redis_options();
    options.clock_offset = std::chrono::seconds(offset_);
    return options;
  }

  const std::int64_t offset_;
  store::Database connection_{world.database_options()};
  views::ViewRecorder recorder_{connection_, options()};
};

// Clients view everything over and over until every view was counted on both days.
void view_across_midnight(MidnightTest& test, CountedViews& counted) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (!stop) test.view_all(counted);
    });
  }
  CHECK(eventually([&] { return counted.all_are(2); }));
  stop = true;
  for (auto& client : clients) client.join();
}

// False if midnight came before every view was counted on the first day.
bool count_across_midnight(std::chrono::seconds lead) {
  MidnightTest test(lead);
  CountedViews counted;
  const auto first_day = test.shifted_day();
  const auto midnight = test.next_midnight();
  test.view_all(counted);
  const auto ends_at = test.world.redis.cli("EXPIRETIME post:1:views");
  if (test.shifted_day() != first_day) return false;
  CHECK(counted.all_are(1));
  CHECK(ends_at == std::to_string(midnight));

  view_across_midnight(test, counted);
  CHECK(test.shifted_day() == first_day + 1);
  CHECK(test.world.redis.cli("SCARD post:1:views") == std::to_string(user_count));
  CHECK(test.world.redis.cli("EXPIRETIME post:1:views") == std::to_string(midnight + day_seconds));
  CHECK(test.world.redis.cli("GET post:1:total") == std::to_string(2 * user_count));

  test.world.flush_until_empty();
  std::map<Id, std::int64_t> expected;
  for (const auto post : test.posts) expected[post] = 2 * user_count;
  test.world.check_views(expected);
  for (const auto day : {first_day, first_day + 1}) {
    CHECK(test.world.number("SELECT count(*) FROM post_view_seen WHERE day = date '1970-01-01' + " +
                            std::to_string(day) + "::integer") == user_count * post_count);
  }
  test.world.check_consistent();
  return true;
}

}  // namespace

TEST_CASE("a user who views a post before and after midnight counts once on each day") {
  // A busy machine needs a longer evening.
  const std::chrono::seconds leads[] = {3s, 15s, 60s, 180s};
  CHECK(std::any_of(std::begin(leads), std::end(leads), count_across_midnight));
}
