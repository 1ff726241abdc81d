#pragma once
// Epoch-based reclamation (Fraser, "Practical lock-freedom", 2004, ch. 5): who reads a shared
// structure holds a Pin; what a writer has unlinked from it is freed once every pin that may have
// seen it is gone. Readers wait for nobody. Thread-safe.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace feedctl::index {

class Epochs {
 public:
  class Pin {
   public:
    explicit Pin(Epochs& epochs) : slot_(epochs.claim()) {}
    ~Pin() { slot_.store(0, std::memory_order_release); }
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;

   private:
    std::atomic<std::uint64_t>& slot_;
  };
  using Drop = void (*)(void*);

  Epochs() = default;
  ~Epochs();  // frees everything: no pin may be left
  Epochs(const Epochs&) = delete;
  Epochs& operator=(const Epochs&) = delete;

  // `what` is unlinked: no pin taken from now on can find it.
  void retire(void* what, Drop drop);
  template <typename T>
  void retire(T* what) {
    retire(what, [](void* p) { delete static_cast<T*>(p); });
  }
  // Frees what nobody can see any more; retire() does so now and then.
  void collect();
  std::size_t waiting() const;

 private:
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> epoch{0};  // 0: free
  };
  struct Retired {
    std::uint64_t epoch;
    void* what;
    Drop drop;
  };

  std::atomic<std::uint64_t>& claim();
  std::vector<Retired> take_dead();

  std::atomic<std::uint64_t> epoch_{1};
  std::array<Slot, 128> slots_;
  mutable std::mutex mutex_;
  std::vector<Retired> retired_;
};

}  // namespace feedctl::index
