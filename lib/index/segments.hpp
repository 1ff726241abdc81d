#pragma once
// An array that grows in segments which never move, so that readers need no lock. Untouched parts
// of a segment take no memory. Its elements begin as zero bytes. Any number of threads read;
// ensure() and release() are for one at a time.
#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>

#include "index/shape.hpp"

namespace feedctl::index {

template <typename T>
class Segments {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  static constexpr int shift = segment_shift;
  static constexpr std::size_t length = std::size_t{1} << shift;

  Segments() = default;
  ~Segments() {
    for (std::size_t i = 0; i < table_.size(); ++i) release(i);
  }
  Segments(const Segments&) = delete;
  Segments& operator=(const Segments&) = delete;

  T& operator[](std::uint32_t i) {
    return table_[i >> shift].load(std::memory_order_acquire)[i & (length - 1)];
  }
  const T& operator[](std::uint32_t i) const {
    return table_[i >> shift].load(std::memory_order_acquire)[i & (length - 1)];
  }

  // Makes element i usable. std::bad_alloc.
  void ensure(std::uint32_t i) {
    auto& segment = table_[i >> shift];
    if (segment.load(std::memory_order_relaxed)) return;
    segment.store(static_cast<T*>(take()), std::memory_order_release);
  }
  // Frees a whole segment, which nobody may be reading.
  void release(std::size_t segment) {
    if (T* memory = table_[segment].exchange(nullptr)) give(memory);
  }

 private:
  static constexpr std::size_t bytes = length * sizeof(T);

  static void* take() {
    if constexpr (bytes < 4096) {
      if (void* memory = std::calloc(1, bytes)) return memory;
    } else {
      void* memory =
          ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (memory != MAP_FAILED) return memory;
    }
    throw std::bad_alloc();
  }
  static void give(T* memory) {
    if constexpr (bytes < 4096)
      std::free(memory);
    else
      ::munmap(memory, bytes);
  }

  std::array<std::atomic<T*>, segments> table_{};
};

}  // namespace feedctl::index
