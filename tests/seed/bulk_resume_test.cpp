// A bulk load of the real program that is killed at each of its failpoints, or at random times, and
// started again with the same command.
#include <csignal>
#include <random>
#include <thread>

#include "base/time.hpp"
#include "seed/seed_fixture.hpp"
#include "support/catch.hpp"
#include "support/failpoint_hits.hpp"
#include "support/long_mode.hpp"
#include "support/process.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

constexpr int exit_killed = 128 + SIGKILL;

class ResumedLoads {
 public:
  explicit ResumedLoads(const std::string& users)
      : words_{"seed",    "--users", users,     "--posts", "200",   "--likes",      "600",
               "--views", "3000",    "--pages", "3",       "--now", rfc3339(now()), "--if-empty"} {
    const auto done = support::run_feedctl(words_, options_for(undisturbed_));
    INFO(done.err);
    REQUIRE(done.exit_code == 0);
    world_ = world_of(undisturbed_);
    indexes_ = indexes_of(undisturbed_);
  }

  support::RunOptions options_for(const support::FreshDatabase& fresh,
                                  const std::string& rule = "") const {
    support::RunOptions options;
    options.environment = {"FEEDCTL_DATABASE_URL=" + fresh.url().reveal(),
                           "FEEDCTL_DATABASE_OWNER_URL=" + fresh.owner_url().reveal()};
    if (!rule.empty()) options.environment.push_back("FEEDCTL_FAILPOINT=" + rule);
    return options;
  }

  const std::vector<std::string>& words() const { return words_; }

  void finish(const support::FreshDatabase& fresh) const {
    const auto again = support::run_feedctl(words_, options_for(fresh));
    INFO(again.err);
    CHECK(again.exit_code == 0);
    check(fresh);
  }
  void check(const support::FreshDatabase& fresh) const {
    CHECK(world_of(fresh) == world_);
    CHECK(indexes_of(fresh) == indexes_);
    CHECK(fresh.execute("SELECT to_regclass('seed_load') IS NULL") == "t");
  }

  void kill_at(const std::string& point) const {
    INFO(point);
    const support::FreshDatabase fresh;
    const auto killed = support::run_feedctl(words_, options_for(fresh, point + "=kill"));
    INFO(killed.err);
    CHECK(killed.exit_code == exit_killed);
    finish(fresh);
  }

 private:
  const std::vector<std::string> words_;
  support::FreshDatabase undisturbed_;
  std::string world_, indexes_;
};

// Those whose name ends so.
std::vector<std::string> seed_points(const std::string& end) {
  std::vector<std::string> points;
  for (const auto& point : support::declared_failpoints()) {
    if (point.rfind("seed.", 0) == 0 && point.size() > end.size() &&
        point.compare(point.size() - end.size(), end.size(), end) == 0)
      points.push_back(point);
  }
  return points;
}

}  // namespace

TEST_CASE("a load killed before the commit of any step ends like an undisturbed one") {
  const auto points = seed_points(".loaded");
  if (points.empty()) return;  // a build without failpoints
  const ResumedLoads loads("60");
  for (const auto& point : points) loads.kill_at(point);
}

TEST_CASE("a load killed after the commit of any step ends like an undisturbed one") {
  const auto points = seed_points(".committed");
  if (points.empty()) return;
  const ResumedLoads loads("60");
  for (const auto& point : points) loads.kill_at(point);
}

TEST_CASE("a load killed at random times ends like an undisturbed one") {
  if (!support::long_mode()) return;
  const ResumedLoads loads("3000");
  std::mt19937 random(18);
  for (int round = 0; round < 20; ++round) {
    INFO(round);
    const support::FreshDatabase fresh;
    for (int kill = 0; kill < 2; ++kill) {
      std::vector<std::string> argv{support::feedctl_binary()};
      argv.insert(argv.end(), loads.words().begin(), loads.words().end());
      support::BackgroundProcess killed(argv, loads.options_for(fresh));
      std::this_thread::sleep_for(std::chrono::milliseconds{random() % 2000});
      killed.signal(SIGKILL);
      killed.wait(std::chrono::milliseconds{60'000});
    }
    loads.finish(fresh);
  }
}
