#include "hot/ready.hpp"

#include <algorithm>

namespace feedctl::hot {
namespace {

constexpr std::size_t max_page_bytes = std::size_t{1} << 20;
constexpr std::chrono::milliseconds stamp_every{1};

}  // namespace

ReadyPages::Place* ReadyPages::place_of(int limit) {
  const auto found = std::find_if(places_.begin(), places_.end(),
                                  [&](const Place& place) { return place.limit == limit; });
  return found == places_.end() ? nullptr : &*found;
}

ReadyPages::Place* ReadyPages::read(int limit, Clock::time_point now) {
  auto* const place = place_of(limit);
  if (place == nullptr) return nullptr;
  if (now - place->used >= lull) place->asked.reset();
  if (now - place->used >= stamp_every) place->used = now;
  return place;
}

ReadyPtr ReadyPages::stale_of(Place& place) {
  if (!place.stale) {
    auto stale = std::make_shared<ReadyPage>(*place.page);
    stale->stale = true;
    place.stale = std::move(stale);
  }
  return place.stale;
}

ReadyPages::Found ReadyPages::find(int limit, std::chrono::milliseconds oldest) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  auto* const place = read(limit, now);
  if (place == nullptr) return {};
  if (now < place->renew) return {place->page, false};
  if (!place->asked) place->asked = now;
  if (now < place->until) {
    place->renew = place->until;  // this caller's turn, and nobody else's
    return {place->page, true};
  }
  const bool late = now - *place->asked >= patience && now - place->made < oldest;
  return {late ? stale_of(*place) : nullptr, true};
}

ReadyPtr ReadyPages::last(int limit, std::chrono::milliseconds age) {
  const std::lock_guard lock(mutex_);
  const auto* const place = place_of(limit);
  return place != nullptr && Clock::now() - place->made < age ? place->page : nullptr;
}

ReadyPtr ReadyPages::stale(int limit, std::chrono::milliseconds age) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  auto* const place = read(limit, now);
  return place != nullptr && now - place->made < age ? stale_of(*place) : nullptr;
}

ReadyPtr ReadyPages::since(int limit, Clock::time_point start) {
  const std::lock_guard lock(mutex_);
  auto* const place = read(limit, Clock::now());
  if (place == nullptr) return nullptr;
  if (place->from >= start || start < place->until) return place->page;
  if (!place->asked) place->asked = start;
  return nullptr;
}

std::uint64_t ReadyPages::ticket() const {
  const std::lock_guard lock(mutex_);
  return drops_;
}

void ReadyPages::keep(std::uint64_t ticket, int limit, ReadyPtr page, Clock::time_point from,
                      Clock::time_point until) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  if (ticket != drops_) return;
  auto* place = place_of(limit);
  if (page->body.size() > max_page_bytes) {
    if (place != nullptr) *place = {};
    return;
  }
  const auto used = place != nullptr ? place->used : now;
  if (place == nullptr) {
    place = &*std::min_element(places_.begin(), places_.end(),
                               [](const Place& a, const Place& b) { return a.used < b.used; });
  }
  *place = Place{};
  place->used = used;
  place->limit = limit;
  place->page = std::move(page);
  place->from = from;
  place->made = now;
  place->renew = until - std::max(until - now, Clock::duration{0}) / 3;
  place->until = until;
}

void ReadyPages::drop() {
  const std::lock_guard lock(mutex_);
  ++drops_;
  places_ = {};
}

}  // namespace feedctl::hot
