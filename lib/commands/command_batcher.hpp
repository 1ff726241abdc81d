#pragma once
// Group commit: commands of one kind that arrive together run in one statement. A batcher has one
// thread and one connection of its own. The commands that arrive while a statement runs form the
// next batch: a lone command runs at once, and under load up to 500 share a commit. Each command
// gets its own result.
//
// One statement never holds two commands of the same user and key, or of the same pair of ids; but
// identical commands without keys share one row. Conflicting commands wait: see conflict_queue.hpp.
//
// A batch that fails goes to the retry executor (retry_executor.hpp), which splits it by object
// (the post, the followee), and the batcher goes on. If an object is locked there too, its commands
// go there directly for a second. If the connection breaks, the outcome is unknown. The statement
// is idempotent, so the batch runs again for up to three seconds: see Reply::outcome_unknown_since.
//
// Thread-safe. The first command starts the thread and opens the connection.
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "commands/command.hpp"
#include "store/database.hpp"

namespace feedctl::commands {

// The row of one command. Its first column is the command's position in the batch, from 1.
struct Reply {
  store::Result rows;
  std::size_t row_index = 0;
  // The row belongs to another, identical command: that one made the change.
  bool is_shared_row = false;
  // When an earlier attempt of unknown outcome began. A change since then may be this command's
  // own.
  std::optional<std::chrono::steady_clock::time_point> outcome_unknown_since = std::nullopt;

  store::Row row() const { return rows[row_index]; }
};

// Error(unavailable) with a Retry-After: the batcher is full or closed, the deadline has passed
// (even after the statement was sent), the object is locked, or the database cannot be reached.
// Error(conflict), also with a Retry-After: the command has a key, and something is locked or too
// many commands of its user wait for each other.
using Outcome = std::variant<Reply, Error>;

// Throws the error, if there is one.
const Reply& reply_or_throw(const Outcome& outcome);

class CommandBatcher {
 public:
  // Gets the rows of each statement before its commands complete. The next statement waits for it:
  // it must be quick and must not throw. `outcome_unknown`: an earlier attempt may have committed.
  using AfterBatch = std::function<void(const store::Result& rows, bool outcome_unknown)>;

  struct Options {
    std::string name;                // of its metrics and its session: "like"
    std::size_t max_batch = 500;     // rows of a statement
    std::size_t max_pending = 4096;  // commands that wait; more are refused
    // The batcher waits so long for a lock, the retry executor for the database's lock_timeout.
    std::chrono::milliseconds lock_timeout{50};
    AfterBatch after_batch = {};
  };
  // `query` takes arrays of actors, objects, key hashes and fingerprints. The retry executor uses
  // the pool of `database`, which must outlive the batcher.
  CommandBatcher(store::Database& database, const store::Query& query, Options options);
  ~CommandBatcher();  // closes
  CommandBatcher(const CommandBatcher&) = delete;
  CommandBatcher& operator=(const CommandBatcher&) = delete;

  // Waits for the outcome, at most until the command's deadline. Throws the error, if it is one.
  Reply execute(Id actor, Id object, const Command& command);
  // The same without waiting. `done` runs once, on a thread of the batcher or on this one; it must
  // be quick and must not throw.
  using OnOutcome = std::function<void(Outcome)>;
  void submit(Id actor, Id object, const Command& command, OnOutcome done);

  // Refuses new commands and runs those that wait.
  void close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace feedctl::commands
