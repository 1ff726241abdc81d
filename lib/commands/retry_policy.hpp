#pragma once
// How the batcher reacts to a batch that failed. Plain functions, thread-safe.
#include "commands/command.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::commands {

enum class RetryAction {
  retry,    // nothing was committed, and the next run may succeed
  split,    // one of its rows may be the cause
  give_up,  // no other statement would succeed now
};

inline RetryAction retry_action_for(const store::SqlError& error) {
  const auto& state = error.sqlstate();
  if (error.is_transient() || is_duplicate_key(error)) return RetryAction::retry;
  if (state == store::sqlstate::lock_not_available || state == store::sqlstate::query_canceled)
    return RetryAction::split;
  return error.code() == ErrorCode::unavailable ? RetryAction::give_up : RetryAction::split;
}

constexpr int max_batch_attempts = 4;

// The queue is full.
inline Error too_busy_error() {
  return Error(ErrorCode::unavailable, "too busy, try again")
      .with_retry_after(std::chrono::seconds{1});
}

// A queue that is not full has refused the command: too many of its user's commands are blocked.
inline Error blocked_error(bool has_key) {
  return has_key ? conflict_in_flight() : too_busy_error();
}

// The statement was sent, and its result did not arrive in time.
inline Error outcome_unknown_error() {
  return Error(ErrorCode::unavailable, "not done in time, but may still take effect: try again")
      .with_retry_after(std::chrono::seconds{1});
}

// The failure did not come from the database.
inline Error internal_error(const std::exception& error) {
  return Error(ErrorCode::internal, "Internal server error").with_detail(error.what());
}

}  // namespace feedctl::commands
