// Turns at the lanes, over jobs in memory: what counts as a crash, and who is at work beside whom.
#include "jobs/turn.hpp"

#include <array>
#include <atomic>
#include <map>
#include <thread>

#include "support/catch.hpp"

using namespace feedctl;
using jobs::Lane;

namespace {

// One job a lane; claims run out at once.
class FakeQueue {
 public:
  struct Row {
    std::int64_t claim = 0;
    bool claimed = false;
    int crashes = 0, chunks = 0;
  };
  struct Unit {
    void commit() {}
  };

  std::optional<jobs::Claimed> claim(Lane lane, bool alone) {
    const std::lock_guard lock(mutex_);
    reach();
    auto& row = rows[at(lane)];
    std::optional<jobs::Claimed> out(std::in_place);
    out->only_alone = (row.claimed || row.crashes > 0) && !alone;
    if (out->only_alone) return out;
    row.crashes += row.claimed ? 1 : 0;
    row.claimed = true;
    out->job.kind = kind;
    out->job.lane = lane;
    out->claim = ++row.claim;
    out->crashes = row.crashes;
    return out;
  }
  Unit begin() { return {}; }
  bool lock(Unit&, const jobs::Claimed&) { return true; }
  void save(Unit&, const jobs::Claimed& claimed, const jobs::Chunk&) {
    const std::lock_guard lock(mutex_);
    auto& row = rows[at(claimed.job.lane)];
    row.claimed = false;
    row.crashes = 0;
    ++row.chunks;
  }
  void finish(Unit&, const jobs::Claimed&) {}
  void done(const jobs::Claimed&, const jobs::Chunk&) {}
  void bury(const jobs::Claimed&, const std::string& error) { buried = error; }
  void fail(const jobs::Claimed& claimed, std::chrono::milliseconds, const std::string&, bool) {
    const std::lock_guard lock(mutex_);
    reach();
    rows[at(claimed.job.lane)].claimed = false;
  }

  std::array<Row, 3> rows{};
  std::string buried;
  bool away = false;
  const std::string kind = "work";

 private:
  static std::size_t at(Lane lane) { return static_cast<std::size_t>(lane); }
  void reach() const {
    if (away) throw Error(ErrorCode::unavailable, "the database is away");
  }
  std::mutex mutex_;
};

using Kinds = std::map<std::string, std::function<jobs::Chunk(FakeQueue::Unit&, const jobs::Job&)>>;

}  // namespace

TEST_CASE("a database that goes away during a job's chunks has not ended its process") {
  FakeQueue queue;
  jobs::Lanes lanes;
  jobs::Turn<FakeQueue> turn(queue, lanes);
  const Kinds away{{"work", [&](FakeQueue::Unit&, const jobs::Job&) -> jobs::Chunk {
                      queue.away = true;
                      throw Error(ErrorCode::unavailable, "the database is away");
                    }}};
  for (int outage = 0; outage < 5; ++outage) {
    INFO("outage " << outage);
    CHECK_THROWS_AS(turn.run(Lane::bulk, away), Error);
    CHECK_THROWS_AS(turn.run(Lane::bulk, away), Error);
    queue.away = false;
  }
  const Kinds well{{"work", [](FakeQueue::Unit&, const jobs::Job&) {
                      return jobs::Chunk{"on", 1};
                    }}};
  CHECK(turn.run(Lane::bulk, well));
  CHECK(queue.buried == "");
  CHECK(queue.rows[1].chunks == 1);
}

TEST_CASE("a job that ended its process is still buried after three crashes") {
  struct Crash {};
  FakeQueue queue;
  const Kinds deadly{
      {"work", [](FakeQueue::Unit&, const jobs::Job&) -> jobs::Chunk { throw Crash{}; }}};
  for (int process = 0; process < jobs::most_crashes; ++process) {
    jobs::Lanes lanes;
    CHECK_THROWS_AS(jobs::Turn<FakeQueue>(queue, lanes).run(Lane::low, deadly), Crash);
    CHECK(queue.buried == "");
  }
  jobs::Lanes lanes;
  CHECK(jobs::Turn<FakeQueue>(queue, lanes).run(Lane::low, deadly));
  CHECK(queue.buried == "ended its process 3 times");
}

TEST_CASE("a job that may have ended its process is at work alone, the others side by side") {
  constexpr int turns = 300;
  FakeQueue queue;
  jobs::Lanes lanes;
  std::atomic<int> inside{0}, beside_suspect{0}, side_by_side{0};
  std::atomic<bool> suspect_inside{false};
  const Kinds kinds{{"work", [&](FakeQueue::Unit&, const jobs::Job& job) {
                       const bool suspect = job.lane == Lane::low;
                       if (suspect) suspect_inside = true;
                       if (++inside > 1) ++side_by_side;
                       std::this_thread::sleep_for(std::chrono::microseconds{100});
                       if (suspect_inside && inside > 1) ++beside_suspect;
                       if (suspect) suspect_inside = false;
                       --inside;
                       return jobs::Chunk{"on", 1};
                     }}};
  std::vector<std::thread> threads;
  for (const auto lane : {Lane::interactive, Lane::bulk, Lane::low}) {
    threads.emplace_back([&, lane] {
      jobs::Turn<FakeQueue> turn(queue, lanes);
      for (int i = 0; i < turns; ++i) {
        if (lane == Lane::low) queue.rows[2].crashes = 1;
        turn.run(lane, kinds);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(beside_suspect == 0);
  CHECK(side_by_side > 0);
  for (const auto& row : queue.rows) CHECK(row.chunks == turns);
}
