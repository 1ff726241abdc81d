#include "concurrent/epoch_reclaimer.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <thread>

namespace feedctl::concurrent {

namespace {

constexpr std::size_t reclaim_interval = 64;

std::size_t preferred_slot() {
  thread_local const auto mine = std::hash<std::thread::id>{}(std::this_thread::get_id());
  return mine;
}

}  // namespace

EpochReclaimer::~EpochReclaimer() {
  for (const auto& r : retired_) r.deleter(r.object);
}

// Sequentially consistent: either the collector sees the guard, or its reader sees the unlinking.
std::atomic<std::uint64_t>& EpochReclaimer::acquire_slot() {
  for (std::size_t i = preferred_slot();; ++i) {
    auto& slot = slots_[i % slots_.size()].epoch;
    std::uint64_t free = 0;
    if (slot.load(std::memory_order_relaxed) == 0 &&
        slot.compare_exchange_strong(free, epoch_.load())) {
      return slot;
    }
    if (i % slots_.size() == slots_.size() - 1) std::this_thread::yield();
  }
}

void EpochReclaimer::retire(void* object, Deleter deleter) {
  bool due = false;
  {
    const std::lock_guard lock(mutex_);
    retired_.push_back({epoch_.fetch_add(1), object, deleter});
    due = retired_.size() % reclaim_interval == 0;
  }
  if (due) reclaim();
}

std::vector<EpochReclaimer::Retired> EpochReclaimer::take_reclaimable() {
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

void EpochReclaimer::reclaim() {
  for (const auto& r : take_reclaimable()) r.deleter(r.object);
}

std::size_t EpochReclaimer::pending() const {
  const std::lock_guard lock(mutex_);
  return retired_.size();
}

}  // namespace feedctl::concurrent
