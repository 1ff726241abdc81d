#pragma once
// One command on its way to the database and back: the key it may have, and what came of it. The
// key is kept by the command's own statement, so effect, event and key stand or fall together.
// A Command has one owner; the functions are thread-safe.
#include <optional>
#include <string>
#include <utility>

#include "base/time.hpp"
#include "commands/key.hpp"
#include "events/position.hpp"
#include "store/database.hpp"

namespace feedctl::commands {

struct Command {
  std::optional<Key> key;
  std::optional<events::Token> token;  // of what it did, or saw
  bool replayed = false;               // its key was there: nothing was done
  // When whoever sent it needs an answer, for where it has to wait.
  Deadline deadline{Deadline::Clock::time_point::max()};
};

// What the first command with this key answered.
struct Replay {
  int status = 0;
  std::optional<Id> result;
};

// The parameters of a keyed statement, in its order: hash and fp; nulls without a key.
store::Params& add_key(store::Params& params, const Command& command);

// Reads the five columns that every command's row ends with: same, status, result_id, snapshot,
// transaction id. Error(unprocessable) where the key was used for another request.
std::optional<Replay> settle(Command& command, const store::Row& row, int first);

// The token of a later statement that saw more than the first; keeps the command's transaction.
void see(Command& command, std::string_view snapshot);

// Error(conflict) with a Retry-After: the key, or what the command changes, is held by another.
Error in_flight();

// The same key was committed by another request meanwhile: the statement's next run finds it.
bool is_key_taken(const store::SqlError& error);

// Whether to run a command's statement again after `error`: the same key was committed by another
// request meanwhile, and the next run finds it. Throws Error(conflict) with a Retry-After where
// that one is still at work.
bool again(const Command& command, const store::SqlError& error, int attempt);

// Runs `work` until it gets through or finds its key.
template <typename Work>
auto with_key(const Command& command, Work&& work) {
  for (int attempt = 1;; ++attempt) {
    try {
      return work();
    } catch (const store::SqlError& error) {
      if (!again(command, error, attempt)) throw;
    }
  }
}

// Deletes keys older than 24 hours at `now`, a thousand a statement, until none is left; returns
// how many.
std::int64_t purge(store::Database& database, Time now);

}  // namespace feedctl::commands
