#pragma once
// A bounded cache by id, set-associative (Hennessy and Patterson, "Computer Architecture", app. B)
// with the clock's second chance: an id has eight places, on two cache lines. Readers hold a pin
// and wait for nobody; writers share locks by place. Untouched places take no memory.
//
// T has `Id id`, `mutable std::atomic<bool> used`, `std::size_t bytes() const` and
// `static void drop(void*)`, by which it is freed.
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "base/ids.hpp"
#include "index/epochs.hpp"
#include "index/segments.hpp"

namespace feedctl::index {

template <typename T>
class IdCache {
 public:
  // At most about `bytes`, in things of `usual` bytes. `epochs` must outlive it.
  IdCache(Epochs& epochs, std::size_t bytes, std::size_t usual)
      : epochs_(epochs), most_(bytes), shift_(64 - std::countr_zero(groups_for(bytes, usual))) {
    for (std::uint32_t g = 0; g < groups(); g += Segments<Group>::length) groups_.ensure(g);
  }
  ~IdCache() {
    for (std::uint32_t g = 0; g < groups(); ++g) {
      for (auto& what : groups_[g].what) {
        if (T* t = what.load()) T::drop(t);
      }
    }
  }
  IdCache(const IdCache&) = delete;
  IdCache& operator=(const IdCache&) = delete;

  // Whoever looks for many does so in three rounds, so that the memory's answers come side by side:
  // prefetch() them all, guess() them all, and then check() what was guessed.
  void prefetch(Id id) const {
    const auto& group = groups_[group_of(id)];
    __builtin_prefetch(&group.ids);
    __builtin_prefetch(&group.what);
  }
  const T* guess(Id id) const {
    const auto& group = groups_[group_of(id)];
    for (std::size_t i = 0; i < ways; ++i) {
      if (group.ids[i].load(std::memory_order_relaxed) != id) continue;
      if (const T* what = group.what[i].load()) {
        __builtin_prefetch(what);
        return what;
      }
    }
    return nullptr;
  }
  static const T* check(Id id, const T* guessed) {
    if (guessed == nullptr || guessed->id != id) return nullptr;
    if (!guessed->used.load(std::memory_order_relaxed)) guessed->used = true;
    return guessed;
  }
  // nullptr where it is not here. Good for as long as the caller's pin.
  const T* find(Id id) const { return check(id, guess(id)); }

  // Takes `made` over; it replaces what is here under its id.
  void put(T* made) {
    const auto g = group_of(made->id);
    {
      const std::lock_guard lock(guard(g));
      auto& group = groups_[g];
      const auto way = place_for(group, made->id);
      drop(group, way);
      group.what[way] = made;
      group.ids[way] = made->id;
      bytes_ += made->bytes();
      ++count_;
    }
    for (std::uint32_t looked = 0; bytes_ > most_ && looked < groups(); ++looked) evict_next();
  }

  void erase(Id id) {
    const auto g = group_of(id);
    const std::lock_guard lock(guard(g));
    auto& group = groups_[g];
    for (std::size_t i = 0; i < ways; ++i) {
      if (group.ids[i] == id) drop(group, i);
    }
  }

  void clear() {
    for (std::uint32_t g = 0; g < groups(); ++g) {
      const std::lock_guard lock(guard(g));
      for (std::size_t i = 0; i < ways; ++i) {
        if (groups_[g].ids[i] != 0)
          drop(groups_[g], i);  // writing to a free place would take memory
      }
    }
  }

  std::size_t count() const { return count_; }
  std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t ways = 8;
  struct alignas(64) Group {
    std::array<std::atomic<Id>, ways> ids;
    std::array<std::atomic<T*>, ways> what;
  };

  // Half of the places are free when the bytes are used up, so that few groups overflow.
  static std::uint64_t groups_for(std::size_t bytes, std::size_t usual) {
    return std::bit_ceil(std::max<std::uint64_t>(bytes / usual * 2 / ways, 2));
  }
  std::uint32_t groups() const { return std::uint32_t{1} << (64 - shift_); }
  std::uint32_t group_of(Id id) const {  // Fibonacci hashing (Knuth, vol. 3, 6.4)
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(id) * 0x9E3779B97F4A7C15U >>
                                      shift_);
  }
  std::mutex& guard(std::uint32_t group) { return guards_[group % guards_.size()]; }

  // Where the id is, or a free place, or that of one that nobody asked for lately.
  static std::size_t place_for(Group& group, Id id) {
    std::size_t free = ways;
    for (std::size_t i = 0; i < ways; ++i) {
      if (group.ids[i] == id) return i;
      if (group.ids[i] == 0) free = i;
    }
    if (free < ways) return free;
    for (std::size_t i = 0; i < ways; ++i) {
      if (!group.what[i].load()->used.exchange(false)) return i;
    }
    return static_cast<std::size_t>(id) % ways;
  }
  void drop(Group& group, std::size_t way) {
    T* what = group.what[way].exchange(nullptr);
    group.ids[way] = 0;
    if (what == nullptr) return;
    bytes_ -= what->bytes();
    --count_;
    epochs_.retire(what, T::drop);
  }
  void evict_next() {
    const auto g = hand_++ % groups();
    const std::lock_guard lock(guard(g));
    auto& group = groups_[g];
    for (std::size_t i = 0; i < ways; ++i) {
      T* what = group.what[i];
      if (what != nullptr && !what->used.exchange(false)) drop(group, i);
    }
  }

  Epochs& epochs_;
  const std::size_t most_;
  const int shift_;
  Segments<Group> groups_;
  std::array<std::mutex, 64> guards_;
  std::atomic<std::uint32_t> hand_{0};
  std::atomic<std::size_t> bytes_{0}, count_{0};
};

}  // namespace feedctl::index
