#pragma once
// One turn at a lane: claim a job, do one chunk of it, save how far it is. Over jobs::Queue or what
// stands for it in tests, which walk it through every interleaving. A claim that runs out counts as
// a crash; so a job that has crashed is at work alone, and a failure that the database did not hear
// of is told first of all when it is back.
#include "base/backoff.hpp"
#include "base/error.hpp"
#include "events/failure.hpp"
#include "jobs/lanes.hpp"

namespace feedctl::jobs {

inline constexpr int most_attempts = 8;
inline constexpr int most_crashes = 3;

template <typename Queue>
class Turn {
 public:
  Turn(Queue& queue, Lanes& lanes) : queue_(queue), lanes_(lanes) {}

  // `kinds` maps names to what takes a unit and a job. False: nothing to do now.
  template <typename Kinds>
  bool run(Lane lane, const Kinds& kinds) {
    auto& untold = lanes_.untold[static_cast<std::size_t>(lane)];
    if (untold) tell(*untold);
    untold.reset();
    const auto went = go(lane, kinds, false);
    return went ? *went : go(lane, kinds, true).value_or(false);
  }

 private:
  // nullopt: the next job is one to be claimed alone.
  template <typename Kinds>
  std::optional<bool> go(Lane lane, const Kinds& kinds, bool alone) {
    const Gate::Pass pass(lanes_.gate, alone);
    const auto claimed = queue_.claim(lane, alone);
    if (!claimed) return false;
    if (claimed->only_alone) return std::nullopt;
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
    auto& untold = lanes_.untold[static_cast<std::size_t>(claimed.job.lane)];
    untold = {claimed, shortest + full_jitter(claimed.job.attempts, shortest, longest), what,
              counts};
    tell(*untold);
    untold.reset();
  }

  void tell(const Lanes::Failed& failed) {
    queue_.fail(failed.claimed, failed.wait, failed.what, failed.counts);
  }

  Queue& queue_;
  Lanes& lanes_;
};

}  // namespace feedctl::jobs
