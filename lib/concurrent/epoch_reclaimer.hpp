#pragma once
// Epoch-based reclamation for lock-free readers (Fraser, "Practical lock-freedom", 2004, ch. 5).
//
// A reader of a shared structure holds a Guard. The reclaimer frees an unlinked object once every
// guard that may have seen it is gone. Readers never block while one of 128 slots is free.
// Thread-safe.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace feedctl::concurrent {

class EpochReclaimer {
 public:
  class Guard {
   public:
    explicit Guard(EpochReclaimer& epochs) : slot_(epochs.acquire_slot()) {}
    ~Guard() { slot_.store(0, std::memory_order_release); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    std::atomic<std::uint64_t>& slot_;
  };
  using Deleter = void (*)(void*);

  EpochReclaimer() = default;
  ~EpochReclaimer();  // frees everything; no guard may exist
  EpochReclaimer(const EpochReclaimer&) = delete;
  EpochReclaimer& operator=(const EpochReclaimer&) = delete;

  // `object` is unlinked: no guard taken from now on can reach it.
  void retire(void* object, Deleter deleter);
  template <typename T>
  void retire(T* object) {
    retire(object, [](void* p) { delete static_cast<T*>(p); });
  }
  // Frees what no guard can reach; every 64th retire() calls it.
  void reclaim();
  std::size_t pending() const;

 private:
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> epoch{0};  // 0: free
  };
  struct Retired {
    std::uint64_t epoch;
    void* object;
    Deleter deleter;
  };

  std::atomic<std::uint64_t>& acquire_slot();
  std::vector<Retired> take_reclaimable();

  std::atomic<std::uint64_t> epoch_{1};
  std::array<Slot, 128> slots_;
  mutable std::mutex mutex_;
  std::vector<Retired> retired_;
};

}  // namespace feedctl::concurrent
