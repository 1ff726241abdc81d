#pragma once
// What waits in a lane, and how it gets its outcome. A Waiting is answered once, by whoever is
// first: its statement, or the end of its time.
#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "commands/batch.hpp"

namespace feedctl::commands {

using Clock = std::chrono::steady_clock;

struct Waiting {
  enum class State { waiting, out, answered };

  Id actor = 0;
  Id object = 0;
  std::optional<Key> key;
  Clock::time_point deadline;
  Clock::time_point came;
  Lane::Done done;
  std::optional<Clock::time_point> doubt;  // see Reply; of the thread that carries it
  std::atomic<State> state{State::waiting};

  bool answered() const { return state.load(std::memory_order_acquire) == State::answered; }
  // For a statement; false where its time is over.
  bool goes_out();
  // Calls `done`, unless somebody has.
  void answer(Outcome outcome);
  // Its time is over.
  void expire();
};
using WaitingPtr = std::shared_ptr<Waiting>;

// One row of a statement, and whoever shares it: the first is the one whose it is.
using SharedRow = std::vector<WaitingPtr>;

struct Batch {
  std::vector<SharedRow> rows;

  // An attempt that began then may have been carried out.
  void in_doubt(Clock::time_point since);
  // Without those that have been answered meanwhile.
  void forget_answered();
};

// A part for each row.
std::vector<Batch> one_by_one(Batch batch);

// The arrays of the statement.
store::Params params_of(const Batch& batch);

// Gives each command its row of the statement's result, behind `after`, or the statement's error.
void answer(const Batch& batch, const store::Result& rows, const Lane::After& after);
void fail(const Batch& batch, const Error& error);

}  // namespace feedctl::commands
