#include "index/slabs.hpp"

#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace feedctl::index;

namespace {

struct Piece {
  unsigned char* at;
  std::size_t bytes;
  unsigned char fill;

  bool untouched() const {
    for (std::size_t i = 0; i < bytes; ++i) {
      if (at[i] != fill) return false;
    }
    return true;
  }
};

// Takes and gives back pieces of any size, each filled with bytes of its own. Whether all were
// aligned and kept what was written.
bool all_keep_their_bytes(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Piece> pieces;
  bool right = true;
  for (int i = 0; i < 20000; ++i) {
    if (pieces.size() > 500 || (!pieces.empty() && random() % 3 == 0)) {
      std::swap(pieces[random() % pieces.size()], pieces.back());
      right = right && pieces.back().untouched();
      slabs::give(pieces.back().at, pieces.back().bytes);
      pieces.pop_back();
    }
    const std::size_t bytes = 8 + random() % 700;
    auto* at = static_cast<unsigned char*>(slabs::take(bytes));
    right = right && reinterpret_cast<std::uintptr_t>(at) % 8 == 0;
    const auto fill = static_cast<unsigned char>(random());
    std::memset(at, fill, bytes);
    pieces.push_back({at, bytes, fill});
  }
  for (const auto& piece : pieces) {
    right = right && piece.untouched();
    slabs::give(piece.at, piece.bytes);
  }
  return right;
}

}  // namespace

TEST_CASE("pieces of all sizes, taken and given back by several threads, do not touch each other") {
  bool right[4] = {};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([&right, i] { right[i] = all_keep_their_bytes(i); });
  }
  for (auto& thread : threads) thread.join();
  for (const bool kept : right) CHECK(kept);
}

TEST_CASE("what is given back serves the next of its size, and null is nothing") {
  slabs::give(nullptr, 40);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  void* const first = slabs::take(36);
  slabs::give(first, 36);
  void* const other = slabs::take(48);
  void* const again = slabs::take(40);
  CHECK(other != first);
  CHECK(again == first);
  slabs::give(other, 48);
  slabs::give(again, 40);
#endif
}
