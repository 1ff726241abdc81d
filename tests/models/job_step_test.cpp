// Job steps over jobs in memory: what counts as a crash, and which jobs run concurrently.
#include "jobs/job_step.hpp"

#include <array>
#include <atomic>
#include <map>
#include <thread>

#include "support/catch.hpp"

using namespace feedctl;
using jobs::Priority;

namespace {

// One job per priority; claims expire at once.
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

  std::optional<jobs::ClaimedJob> claim(Priority priority, bool alone) {
    const std::lock_guard lock(mutex_);
    throw_if_unavailable();
    auto& row = rows[at(priority)];
    std::optional<jobs::ClaimedJob> out(std::in_place);
    out->requires_exclusive = (row.claimed || row.crashes > 0) && !alone;
    if (out->requires_exclusive) return out;
    row.crashes += row.claimed ? 1 : 0;
    row.claimed = true;
    out->job.kind = kind;
    out->job.priority = priority;
    out->claim_id = ++row.claim;
    out->crashes = row.crashes;
    return out;
  }
  Unit begin() { return {}; }
  bool lock(Unit&, const jobs::ClaimedJob&) { return true; }
  void save(Unit&, const jobs::ClaimedJob& claimed, const jobs::Chunk&) {
    const std::lock_guard lock(mutex_);
    auto& row = rows[at(claimed.job.priority)];
    row.claimed = false;
    row.crashes = 0;
    ++row.chunks;
  }
  void finish(Unit&, const jobs::ClaimedJob&) {}
  void done(const jobs::ClaimedJob&, const jobs::Chunk&) {}
  void dead_letter(const jobs::ClaimedJob&, const std::string& error) { buried = error; }
  void fail(const jobs::ClaimedJob& claimed, std::chrono::milliseconds, const std::string&, bool) {
    const std::lock_guard lock(mutex_);
    throw_if_unavailable();
    rows[at(claimed.job.priority)].claimed = false;
  }

  std::array<Row, 3> rows{};
  std::string buried;
  bool away = false;
  const std::string kind = "work";

 private:
  static std::size_t at(Priority priority) { return static_cast<std::size_t>(priority); }
  void throw_if_unavailable() const {
    if (away) throw Error(ErrorCode::unavailable, "the database is away");
  }
  std::mutex mutex_;
};

using TestHandlers =
    std::map<std::string, std::function<jobs::Chunk(FakeQueue::Unit&, const jobs::Job&)>>;

}  // namespace

TEST_CASE("a database failure during a job's chunks does not count as a crash") {
  FakeQueue queue;
  jobs::RunnerState state;
  jobs::JobStep<FakeQueue> turn(queue, state);
  const TestHandlers away{{"work", [&](FakeQueue::Unit&, const jobs::Job&) -> jobs::Chunk {
                             queue.away = true;
                             throw Error(ErrorCode::unavailable, "the database is away");
                           }}};
  for (int outage = 0; outage < 5; ++outage) {
    INFO("outage " << outage);
    CHECK_THROWS_AS(turn.run(Priority::bulk, away), Error);
    CHECK_THROWS_AS(turn.run(Priority::bulk, away), Error);
    queue.away = false;
  }
  const TestHandlers well{{"work", [](FakeQueue::Unit&, const jobs::Job&) {
                             return jobs::Chunk{"on", 1};
                           }}};
  CHECK(turn.run(Priority::bulk, well));
  CHECK(queue.buried == "");
  CHECK(queue.rows[1].chunks == 1);
}

TEST_CASE("a job that crashed its process is still dead-lettered after three crashes") {
  struct Crash {};
  FakeQueue queue;
  const TestHandlers deadly{
      {"work", [](FakeQueue::Unit&, const jobs::Job&) -> jobs::Chunk { throw Crash{}; }}};
  for (int process = 0; process < jobs::max_crashes; ++process) {
    jobs::RunnerState state;
    CHECK_THROWS_AS(jobs::JobStep<FakeQueue>(queue, state).run(Priority::low, deadly), Crash);
    CHECK(queue.buried == "");
  }
  jobs::RunnerState state;
  CHECK(jobs::JobStep<FakeQueue>(queue, state).run(Priority::low, deadly));
  CHECK(queue.buried == "ended its process 3 times");
}

TEST_CASE("a job that may have crashed its process runs alone, the others concurrently") {
  constexpr int turns = 300;
  FakeQueue queue;
  jobs::RunnerState state;
  std::atomic<int> inside{0}, beside_suspect{0}, side_by_side{0};
  std::atomic<bool> suspect_inside{false};
  const TestHandlers kinds{{"work", [&](FakeQueue::Unit&, const jobs::Job& job) {
                              const bool suspect = job.priority == Priority::low;
                              if (suspect) suspect_inside = true;
                              if (++inside > 1) ++side_by_side;
                              std::this_thread::sleep_for(std::chrono::microseconds{100});
                              if (suspect_inside && inside > 1) ++beside_suspect;
                              if (suspect) suspect_inside = false;
                              --inside;
                              return jobs::Chunk{"on", 1};
                            }}};
  std::vector<std::thread> threads;
  for (const auto priority : {Priority::interactive, Priority::bulk, Priority::low}) {
    threads.emplace_back([&, priority] {
      jobs::JobStep<FakeQueue> turn(queue, state);
      for (int i = 0; i < turns; ++i) {
        if (priority == Priority::low) queue.rows[2].crashes = 1;
        turn.run(priority, kinds);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(beside_suspect == 0);
  CHECK(side_by_side > 0);
  for (const auto& row : queue.rows) CHECK(row.chunks == turns);
}
