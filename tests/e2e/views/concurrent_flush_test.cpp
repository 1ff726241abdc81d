// Flushes beside each other and beside rebuild-feed, while views and impressions arrive: each
// counts once.
#include <algorithm>
#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "e2e/views/view_world.hpp"
#include "support/catch.hpp"
#include "support/long_mode.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;
using support::rounds;

namespace {

constexpr int user_count = 40;

// Records views and impressions, and knows how many there are.
class Traffic {
 public:
  explicit Traffic(ViewWorld& world) : world_(world) {}

  // Some hundred views, each twice, and as many impressions. Uses no Catch2: it runs in a thread.
  void record_once(const std::vector<Id>& posts) {
    for (const auto user : world_.users) {
      const auto results = record(recorder_, user, posts);
      record(recorder_, user, posts);
      for (std::size_t i = 0; i < posts.size(); ++i) views_[posts[i]] += results[i].is_counted();
      send(video_label, {{1, user}, {2, 1}});
      send(audio_label, {{11, 1}});
    }
  }

  void check() const {
    for (const auto& [post, count] : views_) CHECK(count == user_count);
    world_.check_views(views_);
    world_.check_impressions(impressions_);
    world_.check_consistent();
  }

  std::int64_t view_sum() const { return sum_of(views_); }
  std::int64_t impression_sum() const { return sum_of(impressions_); }

 private:
  static std::int64_t sum_of(const std::map<Id, std::int64_t>& counts) {
    std::int64_t sum = 0;
    for (const auto& [id, count] : counts) sum += count;
    return sum;
  }

  views::ViewRecorder::Options options() const {
    views::ViewRecorder::Options options;
    options.redis = world_.redis_options();
    return options;
  }

  void send(const std::string& label, const std::vector<views::Impressions>& counts) {
    views::ImpressionBatch batch{"t" + std::to_string(++batches_), label, counts};
    while (sender_.ingest_impressions(batch, true) != views::ImpressionSender::Outcome::counted) {
      std::this_thread::sleep_for(1ms);
    }
    for (const auto& [content, count] : counts) impressions_[content] += count;
  }

  ViewWorld& world_;
  store::Database database_{world_.database_options()};
  views::ViewRecorder recorder_{database_, options()};
  views::ImpressionSender sender_{database_, world_.redis_options(), 900s};
  int batches_ = 0;
  std::map<Id, std::int64_t> views_, impressions_;
};

// Flushes without the lock until `stop`, and once more; what its reports add up to.
Totals flush_until(const std::atomic<bool>& stop, const ViewWorld& world) {
  Totals totals;
  for (bool last = false; !last;) {
    last = stop;
    const auto report = flush_here(world);
    totals.views += report.views;
    totals.impressions += report.impressions;
  }
  return totals;
}

// Exit codes of flush-views, one run after the other until `stop`.
std::set<int> run_flushes_until(const std::atomic<bool>& stop, const ViewWorld& world) {
  std::set<int> exit_codes;
  while (!stop) exit_codes.insert(world.flush().exit_code);
  return exit_codes;
}

constexpr int exit_lock_held = 75;

}  // namespace

TEST_CASE("two flushers without a lock count every view and every impression once") {
  const support::FreshDatabase database;
  ViewWorld world(database, user_count);
  Traffic traffic(world);
  std::atomic<bool> stop{false};
  const auto flusher = [&] { return flush_until(stop, world); };
  auto first = std::async(std::launch::async, flusher);
  auto second = std::async(std::launch::async, flusher);
  for (int i = 0; i < rounds(5, 100); ++i) traffic.record_once(world.add_posts(10));
  stop = true;
  const auto a = first.get(), b = second.get();
  CHECK(world.is_redis_empty());
  CHECK(a.views + b.views == traffic.view_sum());
  CHECK(a.impressions + b.impressions == traffic.impression_sum());
  traffic.check();
}

TEST_CASE("of two flush-views at once one does the work, and the other one says so") {
  const support::FreshDatabase database;
  ViewWorld world(database, user_count);
  Traffic traffic(world);
  std::atomic<bool> stop{false};
  const auto flusher = [&] { return run_flushes_until(stop, world); };
  auto first = std::async(std::launch::async, flusher);
  auto second = std::async(std::launch::async, flusher);
  for (int i = 0; i < rounds(3, 40); ++i) traffic.record_once(world.add_posts(10));
  stop = true;
  for (auto* flushes : {&first, &second}) {
    for (const auto code : flushes->get()) CHECK((code == 0 || code == exit_lock_held));
  }
  world.flush_until_empty();
  traffic.check();
}

TEST_CASE("views that are flushed while feeds are rebuilt count once") {
  const support::FreshDatabase database;
  ViewWorld world(database, user_count);
  Traffic traffic(world);
  std::atomic<bool> stop{false};
  auto flusher = std::async(std::launch::async, [&] { return flush_until(stop, world); });
  auto recording = std::async(std::launch::async, [&, posts = world.add_posts(10)] {
    for (int i = 0; i < rounds(2, 20); ++i) traffic.record_once(posts);
  });
  for (int i = 0; i < rounds(3, 30); ++i) {
    const auto rebuilt = support::run_feedctl({"rebuild-feed", "--all"}, world.run_options());
    INFO(rebuilt.err);
    CHECK(rebuilt.exit_code == 0);
  }
  recording.get();
  stop = true;
  flusher.get();
  CHECK(world.is_redis_empty());
  traffic.check();
}
