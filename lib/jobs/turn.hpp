#pragma once
// One turn at a lane: claim a job, do one chunk of it, save how far it is. Over jobs::Queue or what
// stands for it in tests, which walk it through every interleaving.
#include "base/backoff.hpp"
#include "base/error.hpp"
#include "events/failure.hpp"
#include "jobs/jobs.hpp"

namespace feedctl::jobs {

struct Claimed {
  Job job;
  std::int64_t claim = 0;
  int crashes = 0;
};

inline constexpr int most_attempts = 8;
inline constexpr int most_crashes = 3;

template <typename Queue>
class Turn {
 public:
  explicit Turn(Queue& queue) : queue_(queue) {}

  // `kinds` maps names to what takes a unit and a job. False: nothing to do now.
  template <typename Kinds>
  bool run(Lane lane, const Kinds& kinds) {
    const auto claimed = queue_.claim(lane);
    if (!claimed) return false;
    if (claimed->crashes >= most_crashes) {
      queue_.bury(*claimed, "ended its process " + std::to_string(claimed->crashes) + " times");
      return true;
    }
    try {
      const auto kind = kinds.find(claimed->job.kind);
      if (kind == kinds.end()) {
        throw Error(ErrorCode::internal, "no such kind of job: " + claimed->job.kind);
      }
      chunk(*claimed, kind->second);
    } catch (const std::exception& error) {
      fail(*claimed, error);
    }
    return true;
  }

 private:
  template <typename Work>
  void chunk(const Claimed& claimed, const Work& work) {
    auto unit = queue_.begin();
    if (!queue_.lock(unit, claimed)) return;
    const auto chunk = work(unit, claimed.job);
    if (chunk.cursor)
      queue_.save(unit, claimed, chunk);
    else
      queue_.finish(unit, claimed);
    unit.commit();
    queue_.done(claimed, chunk);
  }

  // Not counted where the failure passes by itself, as in a batch.
  void fail(const Claimed& claimed, const std::exception& error) {
    using std::chrono::milliseconds;
    constexpr milliseconds shortest{500}, longest{std::chrono::minutes{5}};
    const bool counts = !events::is_transient(error);
    const auto what = events::describe(error);
    if (counts && claimed.job.attempts + 1 >= most_attempts) {
      queue_.bury(claimed, what);
      return;
    }
    queue_.fail(claimed, shortest + full_jitter(claimed.job.attempts, shortest, longest), what,
                counts);
  }

  Queue& queue_;
};

}  // namespace feedctl::jobs
