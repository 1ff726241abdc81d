#include "hot/ready.hpp"

#include <algorithm>

namespace feedctl::hot {
namespace {

constexpr std::size_t max_page_bytes = std::size_t{1} << 20;

}  // namespace

ReadyPages::Place* ReadyPages::place_of(int limit) {
  const auto found = std::find_if(places_.begin(), places_.end(),
                                  [&](const Place& place) { return place.limit == limit; });
  return found == places_.end() ? nullptr : &*found;
}

ReadyPtr ReadyPages::find(int limit) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  auto* const place = place_of(limit);
  if (place == nullptr || now >= place->until) return nullptr;
  if (now < place->renew) return place->page;
  place->renew = place->until;  // this caller's turn, and nobody else's
  return nullptr;
}

ReadyPtr ReadyPages::last(int limit, std::chrono::milliseconds age) {
  const std::lock_guard lock(mutex_);
  const auto* const place = place_of(limit);
  return place != nullptr && Clock::now() - place->made < age ? place->page : nullptr;
}

std::uint64_t ReadyPages::ticket() const {
  const std::lock_guard lock(mutex_);
  return drops_;
}

void ReadyPages::keep(std::uint64_t ticket, int limit, ReadyPtr page, Clock::time_point until) {
  const auto now = Clock::now();
  if (page->body.size() > max_page_bytes) return;
  const std::lock_guard lock(mutex_);
  if (ticket != drops_) return;
  auto* place = place_of(limit);
  if (place == nullptr) {
    place = &*std::min_element(places_.begin(), places_.end(),
                               [](const Place& a, const Place& b) { return a.made < b.made; });
  }
  *place = {limit, std::move(page), now, until - std::max(until - now, Clock::duration{0}) / 3,
            until};
}

void ReadyPages::drop() {
  const std::lock_guard lock(mutex_);
  ++drops_;
  places_ = {};
}

}  // namespace feedctl::hot
