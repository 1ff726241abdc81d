#pragma once
// One command: its Idempotency-Key, if any, and its result. The command's own statement stores the
// key, so effect, event and key commit together or not at all.
// A Command has one owner; the functions are thread-safe.
#include <optional>
#include <string>
#include <utility>

#include "base/time.hpp"
#include "commands/idempotency_key.hpp"
#include "events/consistency_token.hpp"
#include "store/database.hpp"

namespace feedctl::commands {

struct Command {
  std::optional<IdempotencyKey> key;
  std::optional<events::ConsistencyToken> token;  // of the state that it made, or saw
  bool is_replay = false;                         // its key was stored already: nothing was done
  // The latest time for a response, if the command has to wait.
  Deadline deadline{Deadline::Clock::time_point::max()};
};

// The response of the first command with this key.
struct Replay {
  int status = 0;
  std::optional<Id> result_id;
};

// Adds the parameters of a keyed statement in its order: hash and fingerprint; nulls without a key.
store::Params& add_key_params(store::Params& params, const Command& command);

// Reads the last five columns of every command's row: same, status, result_id, snapshot,
// transaction id. Error(unprocessable) if the key was used for another request.
std::optional<Replay> read_replay(Command& command, const store::Row& row, int first);

// Sets the token of a later statement that saw more; keeps the command's transaction.
void advance_token(Command& command, std::string_view snapshot);

// Error(conflict) with a Retry-After: another command holds the key, or what this one changes.
Error conflict_in_flight();

// Another request has committed the same key: the next run of the statement finds it.
bool is_duplicate_key(const store::SqlError& error);

// Whether to run a command's statement again after `error`: another request has committed the same
// key, and the next run finds it. Error(conflict) with a Retry-After if that request still runs.
bool should_retry(const Command& command, const store::SqlError& error, int attempt);

// Runs `work` until it succeeds or finds its key.
template <typename Work>
auto retry_with_key(const Command& command, Work&& work) {
  for (int attempt = 1;; ++attempt) {
    try {
      return work();
    } catch (const store::SqlError& error) {
      if (!should_retry(command, error, attempt)) throw;
    }
  }
}

// Deletes the keys older than 24 hours at `now`, a thousand a statement. Returns their number.
std::int64_t delete_expired_keys(store::Database& database, Time now);

}  // namespace feedctl::commands
