#pragma once
// Leases of the workers' slots: session advisory locks over one connection that does nothing else.
// If this process stalls for ten seconds, the server's idle_session_timeout ends the session and
// frees them. Not thread-safe.
#include <memory>
#include <vector>

#include "store/database.hpp"

namespace feedctl::events {

inline constexpr int relay_slot = 16;  // beside the slots 0..15

class SlotLeases {
 public:
  explicit SlotLeases(store::Options options, bool with_relay);

  struct Renewal {
    std::vector<int> lost;    // the session ended; others may own them already
    std::vector<int> excess;  // still held; release() them once they are idle
  };
  // Keeps the session alive and takes free slots up to the fair share: sixteen, divided by the
  // processes with such a session. Throws if the database cannot be reached. If that ended the
  // session, the next call returns the slots as `lost` and does nothing else.
  Renewal renew();
  // Throws if the database cannot be reached: the slot is still held.
  void release(int slot);
  const std::vector<int>& held() const { return held_; }
  bool has_session() const { return session_ != nullptr && session_->is_usable(); }

 private:
  void open_session();
  bool try_lock(int slot);
  bool is_held(int slot) const;

  store::Options options_;
  const bool with_relay_;
  std::unique_ptr<store::Session> session_;
  std::vector<int> held_;
};

}  // namespace feedctl::events
