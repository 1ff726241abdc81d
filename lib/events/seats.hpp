#pragma once
// Who of the worker processes has which slot: session advisory locks on a connection of its own,
// whose idle_session_timeout frees them when this process stands still. Used from one thread.
#include <memory>
#include <vector>

#include "store/database.hpp"

namespace feedctl::events {

inline constexpr int relay_seat = 16;  // beside the slots 0..15

class Seats {
 public:
  explicit Seats(store::Options options, bool with_relay);

  struct Change {
    std::vector<int> lost;     // gone with the session: others may have them already
    std::vector<int> surplus;  // ours still; free() them once they are idle
  };
  // Keeps the session alive, takes what is free up to the fair share. Throws where the database
  // cannot be reached; what was held is then in `lost` of the next call.
  Change refresh();
  // Throws where that cannot be told to the database: the seat is held still.
  void free(int seat);
  const std::vector<int>& held() const { return held_; }
  bool alive() const { return session_ != nullptr && session_->usable(); }

 private:
  void open();
  bool lock(int seat);
  bool holds(int seat) const;

  store::Options options_;
  const bool with_relay_;
  std::unique_ptr<store::Session> session_;
  std::vector<int> held_;
};

}  // namespace feedctl::events
