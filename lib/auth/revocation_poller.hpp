#pragma once
// Reads new revocations of all servers from the database. A row may become visible after one with a
// later time, so each poll reads the last ten seconds again, and one poll a minute reads all rows.
// One thread at a time.
#include <chrono>
#include <optional>
#include <string>

#include "auth/revocation_list.hpp"
#include "store/database.hpp"

namespace feedctl::auth {

// Which revocations a poll reads.
class PollWindow {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // Those since this time, by the clock of the database; Time{}: all.
  Time start(SteadyTime now) const;
  // `polled_at`: by the clock of the database.
  void on_polled(Time polled_at, SteadyTime now);

 private:
  bool is_full(SteadyTime now) const { return !last_poll_ || now >= next_full_poll_; }

  std::optional<Time> last_poll_;
  SteadyTime next_full_poll_{};
};

class RevocationPoller {
 public:
  // Both must outlive it.
  RevocationPoller(store::Database& database, RevocationList& list)
      : database_(database), list_(list) {}

  // Applies what is new to the list, and forgets what has ended by `now`, the clock that this
  // server checks tokens by, and by the database's. Returns the state of the table of signing keys:
  // another text where a key has changed or ended. Errors as of Database; the list then stays as it
  // is.
  std::string poll(Time now);

 private:
  store::Database& database_;
  RevocationList& list_;
  PollWindow window_;
};

}  // namespace feedctl::auth
