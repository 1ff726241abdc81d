#include "events/slot_leases.hpp"

#include <algorithm>

#include "events/events.hpp"
#include "sql/events.hpp"

namespace feedctl::events {

namespace {
constexpr int membership_lock = -1;
}

SlotLeases::SlotLeases(store::Options options, bool with_relay)
    : options_(std::move(options)), with_relay_(with_relay) {
  options_.settings = {{"idle_session_timeout", "10s"}};
  held_.reserve(work_slots + 1);  // recording a lock never fails
}

void SlotLeases::open_session() {
  session_.reset();
  auto session = std::make_unique<store::Session>(options_);
  session->run(sql::events::lock_slots, store::params(membership_lock));
  session_ = std::move(session);
}

// After an error the state of the lock is unknown: the session ends, and the lock with it.
bool SlotLeases::try_lock(int slot) {
  try {
    return session_->run(sql::events::lock_slots, store::params(slot)).single_row().boolean(0);
  } catch (...) {
    session_.reset();
    throw;
  }
}

bool SlotLeases::is_held(int slot) const {
  return std::find(held_.begin(), held_.end(), slot) != held_.end();
}

SlotLeases::Renewal SlotLeases::renew() {
  Renewal change;
  if (!has_session()) {
    change.lost.swap(held_);
    if (!change.lost.empty()) return change;
    open_session();
  }
  const auto members =
      std::max<std::int64_t>(1, session_->run(sql::events::members).single_row().integer(0));
  const auto share = static_cast<std::size_t>((work_slots + members - 1) / members);
  const auto slots_held = [&] { return held_.size() - (is_held(relay_slot) ? 1 : 0); };
  for (int slot = 0; slot < work_slots && slots_held() < share; ++slot) {
    if (is_held(slot) || !try_lock(slot)) continue;
    held_.push_back(slot);
  }
  if (with_relay_ && !is_held(relay_slot) && try_lock(relay_slot)) held_.push_back(relay_slot);
  auto over = slots_held() > share ? slots_held() - share : 0;
  for (auto slot = held_.rbegin(); slot != held_.rend() && over > 0; ++slot) {
    if (*slot == relay_slot) continue;
    change.excess.push_back(*slot);
    --over;
  }
  return change;
}

void SlotLeases::release(int slot) {
  if (has_session()) session_->run(sql::events::unlock_slot, store::params(slot));
  held_.erase(std::remove(held_.begin(), held_.end(), slot), held_.end());
}

}  // namespace feedctl::events
