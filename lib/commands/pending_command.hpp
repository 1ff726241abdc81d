#pragma once
// A command that waits in a batcher, and the batch that carries it. A command completes once: by
// its statement or by its deadline, whichever comes first. PendingCommand's methods are
// thread-safe; one thread at a time owns a Batch.
#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "commands/command_batcher.hpp"

namespace feedctl::commands {

using Clock = std::chrono::steady_clock;

struct PendingCommand {
  enum class State { pending, executing, completed };

  Id actor = 0;
  Id object = 0;
  std::optional<IdempotencyKey> key;
  Clock::time_point deadline;
  Clock::time_point enqueued_at;
  CommandBatcher::OnOutcome on_outcome;
  // See Reply. It belongs to the thread that runs the command.
  std::optional<Clock::time_point> outcome_unknown_since;
  std::atomic<State> state{State::pending};

  bool is_completed() const { return state.load(std::memory_order_acquire) == State::completed; }
  // Before its statement is sent; false if the deadline has passed.
  bool try_claim();
  // Calls on_outcome, unless the command is complete.
  void complete(Outcome outcome);
  // The deadline has passed.
  void time_out();
};
using PendingCommandPtr = std::shared_ptr<PendingCommand>;

// The commands that share one row of a statement; the first one owns it.
using SharedRow = std::vector<PendingCommandPtr>;

struct Batch {
  std::vector<SharedRow> rows;

  // An attempt that began at `since` may have committed.
  void mark_outcome_unknown(Clock::time_point since);
  void drop_completed();
};

// One batch for each row.
std::vector<Batch> split_rows(Batch batch);

// The array parameters of the statement.
store::Params to_params(const Batch& batch);

// Calls `after`, then completes each command with its row.
void complete_all(const Batch& batch, const store::Result& rows,
                  const CommandBatcher::AfterBatch& after);
// Completes each command with `error`.
void fail_all(const Batch& batch, const Error& error);

}  // namespace feedctl::commands
