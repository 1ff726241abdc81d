#include "index/slabs.hpp"

#include <array>
#include <mutex>
#include <new>
#include <utility>

namespace feedctl::index::slabs {

namespace {

constexpr std::size_t unit = 8;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t largest = 0;
#else
constexpr std::size_t largest = 512;
#endif
constexpr std::size_t slab = std::size_t{256} << 10;

struct Free {
  Free* next;
};

struct Pool {
  std::mutex mutex;
  std::array<Free*, largest / unit + 1> free{};  // by size in units
  char* rest = nullptr;
  std::size_t left = 0;
};

// Never ends: pieces may outlive whatever runs at exit.
Pool& pool() {
  static auto& only = *new Pool;
  return only;
}

std::size_t units_of(std::size_t bytes) {
  return (bytes + unit - 1) / unit;
}

}  // namespace

void* take(std::size_t bytes) {
  if (bytes > largest) return ::operator new(bytes);
  const auto units = units_of(bytes);
  auto& from = pool();
  const std::lock_guard lock(from.mutex);
  if (auto*& first = from.free[units]) {
    auto* piece = first;
    first = piece->next;
    return piece;
  }
  if (from.left < units * unit) {
    if (from.left > 0) {
      auto*& first = from.free[from.left / unit];
      first = new (from.rest) Free{first};
      from.left = 0;
    }
    from.rest = static_cast<char*>(::operator new(slab));
    from.left = slab;
  }
  from.left -= units * unit;
  return std::exchange(from.rest, from.rest + units * unit);
}

void give(void* piece, std::size_t bytes) {
  if (piece == nullptr) return;
  if (bytes > largest) return ::operator delete(piece);
  auto& to = pool();
  const std::lock_guard lock(to.mutex);
  auto*& first = to.free[units_of(bytes)];
  first = new (piece) Free{first};
}

}  // namespace feedctl::index::slabs
