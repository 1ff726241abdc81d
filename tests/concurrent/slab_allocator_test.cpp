#include "concurrent/slab_allocator.hpp"

#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace feedctl::concurrent;

namespace {

struct Block {
  unsigned char* at;
  std::size_t bytes;
  unsigned char fill;

  bool is_intact() const {
    for (std::size_t i = 0; i < bytes; ++i) {
      if (at[i] != fill) return false;
    }
    return true;
  }
};

// Allocates and frees blocks of random sizes, each filled with its own byte. Returns whether all
// were aligned and kept their bytes.
bool check_blocks_intact(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Block> pieces;
  bool right = true;
  for (int i = 0; i < 20000; ++i) {
    if (pieces.size() > 500 || (!pieces.empty() && random() % 3 == 0)) {
      std::swap(pieces[random() % pieces.size()], pieces.back());
      right = right && pieces.back().is_intact();
      slab_allocator::deallocate(pieces.back().at, pieces.back().bytes);
      pieces.pop_back();
    }
    const std::size_t bytes = 8 + random() % 700;
    auto* at = static_cast<unsigned char*>(slab_allocator::allocate(bytes));
    right = right && reinterpret_cast<std::uintptr_t>(at) % 8 == 0;
    const auto fill = static_cast<unsigned char>(random());
    std::memset(at, fill, bytes);
    pieces.push_back({at, bytes, fill});
  }
  for (const auto& piece : pieces) {
    right = right && piece.is_intact();
    slab_allocator::deallocate(piece.at, piece.bytes);
  }
  return right;
}

}  // namespace

TEST_CASE("blocks of all sizes, allocated and freed by several threads, do not overlap") {
  bool right[4] = {};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([&right, i] { right[i] = check_blocks_intact(i); });
  }
  for (auto& thread : threads) thread.join();
  for (const bool kept : right) CHECK(kept);
}

TEST_CASE("a freed block is reused for the next of its size, and freeing null does nothing") {
  slab_allocator::deallocate(nullptr, 40);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  void* const first = slab_allocator::allocate(36);
  slab_allocator::deallocate(first, 36);
  void* const other = slab_allocator::allocate(48);
  void* const again = slab_allocator::allocate(40);
  CHECK(other != first);
  CHECK(again == first);
  slab_allocator::deallocate(other, 48);
  slab_allocator::deallocate(again, 40);
#endif
}
