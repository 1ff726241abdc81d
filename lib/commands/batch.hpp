#pragma once
// Commands of one kind that wait together go to the database together. A lane has one thread and
// one connection of its own; what arrives while its statement is in flight makes up the next one:
// alone a command goes at once, and under load a commit is shared by up to 500. Each command gets
// its own result.
//
// Never in one statement: two commands of the same user and key, or of the same pair of ids; but
// identical ones without keys share one row. Of those that wait for another of their user for that
// reason a user has sixteen, and more are refused: see queue.hpp.
//
// A statement that fails is split by object (the post, the followee); each group is tried once more
// on a pool connection while the lane goes on, and where that fails for a reason of its own its
// commands go one by one. An object found locked keeps to that side road for a second. A statement
// whose outcome is unknown (the connection broke) is run again: see Reply::doubt.
//
// Thread-safe. Threads and connection come to be with the first command.
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "commands/command.hpp"
#include "store/database.hpp"

namespace feedctl::commands {

// Where a command's row is. Its first column is its place, counted from 1.
struct Reply {
  store::Result rows;
  std::size_t at = 0;
  // The row is another, identical command's: what was done, that one did.
  bool shared = false;
  // An earlier attempt that began then may have been carried out: what is found done may be this
  // command's doing.
  std::optional<std::chrono::steady_clock::time_point> doubt = std::nullopt;

  store::Row row() const { return rows[at]; }
};

// Error(unavailable) with a Retry-After: the lane is full or closed, the deadline is over (whether
// or not the command had gone out), the object is locked, the database cannot be reached.
// Error(conflict): the same where the command has a key and something is locked, or too many of its
// user's wait for each other.
using Outcome = std::variant<Reply, Error>;

// Throws where it is an error.
const Reply& reply_in(const Outcome& outcome);

class Lane {
 public:
  // Called with the rows of each statement before its commands have their outcomes. The next
  // statement waits for it, so it takes next to no time; must not throw. `doubt`: see Reply.
  using After = std::function<void(const store::Result& rows, bool doubt)>;

  struct Options {
    std::string name;            // of its metrics and its session: "like"
    std::size_t batch = 500;     // most rows of a statement
    std::size_t waiting = 4096;  // most commands that wait; more are refused
    // Waiting longer for a lock is for the side road.
    std::chrono::milliseconds lock_timeout{50};
    After after = {};
  };
  // `query` takes arrays of actors, objects, key hashes and fingerprints. The database's pool
  // carries the side road and must outlive the lane.
  Lane(store::Database& database, const store::Query& query, Options options);
  ~Lane();  // closes
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // Waits for the outcome, at most until the command's deadline. Throws where it is an error.
  Reply run(Id actor, Id object, const Command& command);
  // The same without waiting: `done` is called once, on a thread of the lane's or on this one, and
  // may neither throw nor take long.
  using Done = std::function<void(Outcome)>;
  void submit(Id actor, Id object, const Command& command, Done done);

  // Takes no more, carries out what waits, and returns.
  void close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace feedctl::commands
