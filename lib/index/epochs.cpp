#include "index/epochs.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <thread>

namespace feedctl::index {

namespace {

constexpr std::size_t collect_every = 64;

std::size_t first_slot() {
  thread_local const auto mine = std::hash<std::thread::id>{}(std::this_thread::get_id());
  return mine;
}

}  // namespace

Epochs::~Epochs() {
  for (const auto& r : retired_) r.drop(r.what);
}

// All of it sequentially consistent: either a collector sees the pin, or the pin's reader sees that
// the thing is unlinked.
std::atomic<std::uint64_t>& Epochs::claim() {
  for (std::size_t i = first_slot();; ++i) {
    auto& slot = slots_[i % slots_.size()].epoch;
    std::uint64_t free = 0;
    if (slot.load(std::memory_order_relaxed) == 0 &&
        slot.compare_exchange_strong(free, epoch_.load())) {
      return slot;
    }
    if (i % slots_.size() == slots_.size() - 1) std::this_thread::yield();
  }
}

void Epochs::retire(void* what, Drop drop) {
  bool due = false;
  {
    const std::lock_guard lock(mutex_);
    retired_.push_back({epoch_.fetch_add(1), what, drop});
    due = retired_.size() % collect_every == 0;
  }
  if (due) collect();
}

std::vector<Epochs::Retired> Epochs::take_dead() {
  const std::lock_guard lock(mutex_);
  auto oldest = std::numeric_limits<std::uint64_t>::max();
  for (const auto& slot : slots_) {
    if (const auto epoch = slot.epoch.load(); epoch != 0) oldest = std::min(oldest, epoch);
  }
  const auto dead = std::partition(retired_.begin(), retired_.end(),
                                   [&](const Retired& r) { return r.epoch >= oldest; });
  std::vector<Retired> taken(dead, retired_.end());
  retired_.erase(dead, retired_.end());
  return taken;
}

void Epochs::collect() {
  for (const auto& r : take_dead()) r.drop(r.what);
}

std::size_t Epochs::waiting() const {
  const std::lock_guard lock(mutex_);
  return retired_.size();
}

}  // namespace feedctl::index
