// kill -9 of the flusher, serve, PostgreSQL and Redis in turn, under load: PostgreSQL then holds
// the acknowledged views and no others. Eight kills; two hundred with FEEDCTL_LONG=1.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <shared_mutex>
#include <thread>

#include "e2e/views/serve_under_test.hpp"
#include "support/catch.hpp"
#include "support/long_mode.hpp"
#include "support/own_postgres.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;
using support::eventually;

namespace {

constexpr int user_count = 1000, post_count = 200, client_count = 4;
constexpr std::int64_t contents_per_page = 4;

// What clients were told. Thread-safe.
class History {
 public:
  void add(const PostUser& view, Answer answer) {
    const std::lock_guard lock(mutex_);
    (answer == Answer::unknown ? unknown_ : acknowledged_).insert(view);
    if (answer != Answer::unknown) ++answers_;
  }
  std::int64_t answers() const {
    const std::lock_guard lock(mutex_);
    return answers_;
  }
  std::set<PostUser> acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
  }
  std::set<PostUser> attempted() const {
    const std::lock_guard lock(mutex_);
    auto views = acknowledged_;
    views.insert(unknown_.begin(), unknown_.end());
    return views;
  }

  std::atomic<std::int64_t> pages_asked_for{0}, pages_shown{0};

 private:
  mutable std::mutex mutex_;
  std::int64_t answers_ = 0;
  std::set<PostUser> acknowledged_, unknown_;
};

// Clients that post random views and read a page, until the end.
class Load {
 public:
  Load(int port, const ViewWorld& world, const std::vector<Id>& posts, History& history)
      : port_(port), users_(world.users), posts_(posts), history_(history) {
    for (unsigned seed = 1; seed <= client_count; ++seed)
      threads_.emplace_back([this, seed] { run(seed); });
  }
  ~Load() {
    stop_ = true;
    for (auto& thread : threads_) thread.join();
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // While it is held, no page is asked for.
  std::unique_lock<std::shared_mutex> pause_pages() { return std::unique_lock(pages_); }

 private:
  void run(unsigned seed) {
    const support::HttpClient http(port_);
    std::mt19937 random(seed);
    while (!stop_) {
      const PostUser view{posts_[random() % posts_.size()], users_[random() % users_.size()]};
      const auto answer = post_view(http, view.second, view.first);
      history_.add(view, answer);
      if (answer == Answer::unknown) std::this_thread::sleep_for(5ms);  // a server is away
      if (random() % 4 == 0) read_page(http);
    }
  }

  void read_page(const support::HttpClient& http) {
    const std::shared_lock lock(pages_, std::try_to_lock);
    if (!lock) return;
    ++history_.pages_asked_for;
    if (show_page(http)) ++history_.pages_shown;
  }

  const int port_;
  const std::vector<Id>& users_;
  const std::vector<Id>& posts_;
  History& history_;
  std::shared_mutex pages_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

class CrashTest {
 public:
  CrashTest() { start_flusher(); }

  void kill(int round, Load& load) {
    switch (round % 4) {
      case 0:
        return kill_flusher();
      case 1:
        return kill_serve(load);
      case 2:
        postgres_.kill();
        return postgres_.start();
      default:
        world_.redis.kill();
        return world_.redis.start();
    }
  }

  // More views and pages are answered.
  void wait_for_answers() const {
    const auto answers = history_.answers();
    const auto pages = history_.pages_shown.load();
    INFO(serve_.output());
    REQUIRE(eventually(
        [&] { return history_.answers() > answers + 50 && history_.pages_shown > pages + 5; }));
  }

  // Nothing is in memory or in Redis any more.
  void finish() {
    const auto http = serve_.client();
    CHECK(eventually([&] { return pending_impressions(http) == 0; }));
    CHECK(serve_.stop() == 0);
    check_flusher_runs();
    flusher_->stop();
    world_.flush_until_empty();
  }

  void check() const {
    const auto seen = world_.seen_views();
    const auto acknowledged = history_.acknowledged(), attempted = history_.attempted();
    CHECK(std::includes(seen.begin(), seen.end(), acknowledged.begin(), acknowledged.end()));
    CHECK(std::includes(attempted.begin(), attempted.end(), seen.begin(), seen.end()));
    if (world_.number("SELECT count(DISTINCT day) FROM post_view_seen") == 1)
      CHECK(world_.totals().views == static_cast<std::int64_t>(seen.size()));
    const auto impressions = world_.totals().impressions;
    CHECK(impressions <= history_.pages_asked_for * contents_per_page);
    CHECK(impressions >= history_.pages_shown * contents_per_page - lost_impressions_);
    world_.check_consistent();
  }

  Load start_load() { return {serve_.port(), world_, posts_, history_}; }

 private:
  void start_flusher() {
    flusher_ = std::make_unique<support::BackgroundProcess>(
        std::vector<std::string>{support::feedctl_binary(), "flush-views", "--every", "100ms"},
        world_.run_options());
  }

  void check_flusher_runs() {
    INFO(flusher_->output());
    REQUIRE(flusher_->is_running());
  }

  void kill_flusher() {
    check_flusher_runs();
    flusher_->signal(SIGKILL);
    REQUIRE(flusher_->wait(60s));
    start_flusher();
  }

  // What serve held of impressions is lost with it.
  void kill_serve(Load& load) {
    const auto paused = load.pause_pages();
    lost_impressions_ += static_cast<std::int64_t>(pending_impressions(serve_.client()));
    serve_.kill();
    serve_.start();
  }

  support::PrivatePostgres postgres_;
  ViewWorld world_{postgres_.url(),
                   [this](const std::string& sql) { return postgres_.execute(sql); }, user_count};
  const std::vector<Id> posts_ = world_.add_posts(post_count);
  support::ServerProcess serve_{world_.url(), world_.serve_settings()};
  std::unique_ptr<support::BackgroundProcess> flusher_;
  History history_;
  std::int64_t lost_impressions_ = 0;
};

}  // namespace

TEST_CASE("kill -9 of flusher, serve, PostgreSQL and Redis under load loses no acknowledged view") {
  CrashTest test;
  {
    auto load = test.start_load();
    for (int round = 0; round < support::rounds(8, 200); ++round) {
      CAPTURE(round);
      test.wait_for_answers();
      test.kill(round, load);
    }
    test.wait_for_answers();
  }
  test.finish();
  test.check();
}
