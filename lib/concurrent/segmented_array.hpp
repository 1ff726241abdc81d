#pragma once
// A growing array of segments that never move, so that readers need no lock.
//
// Elements start as zero bytes. Untouched pages of a segment take no memory. Any number of threads
// read; one thread at a time calls ensure() or release().
#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>

#include "concurrent/array_sizes.hpp"

namespace feedctl::concurrent {

template <typename T>
class SegmentedArray {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  static constexpr int shift = segment_shift;
  static constexpr std::size_t segment_length = std::size_t{1} << shift;

  SegmentedArray() = default;
  ~SegmentedArray() {
    for (std::size_t i = 0; i < segments_.size(); ++i) release(i);
  }
  SegmentedArray(const SegmentedArray&) = delete;
  SegmentedArray& operator=(const SegmentedArray&) = delete;

  T& operator[](std::uint32_t i) {
    return segments_[i >> shift].load(std::memory_order_acquire)[i & (segment_length - 1)];
  }
  const T& operator[](std::uint32_t i) const {
    return segments_[i >> shift].load(std::memory_order_acquire)[i & (segment_length - 1)];
  }

  // Allocates the segment of element i. Throws std::bad_alloc.
  void ensure(std::uint32_t i) {
    auto& segment = segments_[i >> shift];
    if (segment.load(std::memory_order_relaxed)) return;
    segment.store(static_cast<T*>(allocate()), std::memory_order_release);
  }
  // Frees a whole segment. No thread may be reading it.
  void release(std::size_t segment) {
    if (T* memory = segments_[segment].exchange(nullptr)) deallocate(memory);
  }

 private:
  static constexpr std::size_t bytes = segment_length * sizeof(T);

  static void* allocate() {
    if constexpr (bytes < 4096) {
      if (void* memory = std::calloc(1, bytes)) return memory;
    } else {
      void* memory =
          ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (memory != MAP_FAILED) return memory;
    }
    throw std::bad_alloc();
  }
  static void deallocate(T* memory) {
    if constexpr (bytes < 4096)
      std::free(memory);
    else
      ::munmap(memory, bytes);
  }

  std::array<std::atomic<T*>, max_segments> segments_{};
};

}  // namespace feedctl::concurrent
