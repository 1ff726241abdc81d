#include "events/seats.hpp"

#include <algorithm>

#include "events/events.hpp"
#include "sql/events.hpp"

namespace feedctl::events {

namespace {
constexpr int membership = -1;
}

Seats::Seats(store::Options options, bool with_relay)
    : options_(std::move(options)), with_relay_(with_relay) {
  options_.settings = {{"idle_session_timeout", "10s"}};
  held_.reserve(work_slots + 1);  // what is locked is noted, whatever happens
}

void Seats::open() {
  session_.reset();
  auto session = std::make_unique<store::Session>(options_);
  session->run(sql::events::lock_slots, store::params(membership));
  session_ = std::move(session);
}

// A lock that may or may not be ours would be taken again, and then given back once too seldom: it
// goes with the session.
bool Seats::lock(int seat) {
  try {
    return session_->run(sql::events::lock_slots, store::params(seat)).only().boolean(0);
  } catch (...) {
    session_.reset();
    throw;
  }
}

bool Seats::holds(int seat) const {
  return std::find(held_.begin(), held_.end(), seat) != held_.end();
}

Seats::Change Seats::refresh() {
  Change change;
  if (!alive()) {
    change.lost.swap(held_);
    if (!change.lost.empty()) return change;
    open();
  }
  const auto members =
      std::max<std::int64_t>(1, session_->run(sql::events::members).only().integer(0));
  const auto share = static_cast<std::size_t>((work_slots + members - 1) / members);
  const auto slots_held = [&] { return held_.size() - (holds(relay_seat) ? 1 : 0); };
  for (int seat = 0; seat < work_slots && slots_held() < share; ++seat) {
    if (holds(seat) || !lock(seat)) continue;
    held_.push_back(seat);
  }
  if (with_relay_ && !holds(relay_seat) && lock(relay_seat)) held_.push_back(relay_seat);
  auto over = slots_held() > share ? slots_held() - share : 0;
  for (auto seat = held_.rbegin(); seat != held_.rend() && over > 0; ++seat) {
    if (*seat == relay_seat) continue;
    change.surplus.push_back(*seat);
    --over;
  }
  return change;
}

void Seats::free(int seat) {
  if (alive()) session_->run(sql::events::unlock_slot, store::params(seat));
  held_.erase(std::remove(held_.begin(), held_.end(), seat), held_.end());
}

}  // namespace feedctl::events
