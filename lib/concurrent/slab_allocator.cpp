#include "concurrent/slab_allocator.hpp"

#include <array>
#include <mutex>
#include <new>
#include <utility>

namespace feedctl::concurrent::slab_allocator {

namespace {

constexpr std::size_t unit = 8;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t max_pooled_bytes = 0;
#else
constexpr std::size_t max_pooled_bytes = 512;
#endif
constexpr std::size_t slab_bytes = std::size_t{256} << 10;

struct FreeBlock {
  FreeBlock* next;
};

struct Pool {
  std::mutex mutex;
  std::array<FreeBlock*, max_pooled_bytes / unit + 1> free_lists{};  // by size in units
  char* slab_next = nullptr;
  std::size_t slab_left = 0;
};

// Never destroyed: blocks may outlive static destructors.
Pool& pool() {
  static auto& instance = *new Pool;
  return instance;
}

std::size_t units_of(std::size_t bytes) {
  return (bytes + unit - 1) / unit;
}

}  // namespace

void* allocate(std::size_t bytes) {
  if (bytes > max_pooled_bytes) return ::operator new(bytes);
  const auto units = units_of(bytes);
  auto& source = pool();
  const std::lock_guard lock(source.mutex);
  if (auto*& first = source.free_lists[units]) {
    auto* block = first;
    first = block->next;
    return block;
  }
  if (source.slab_left < units * unit) {
    if (source.slab_left > 0) {
      auto*& first = source.free_lists[source.slab_left / unit];
      first = new (source.slab_next) FreeBlock{first};
      source.slab_left = 0;
    }
    source.slab_next = static_cast<char*>(::operator new(slab_bytes));
    source.slab_left = slab_bytes;
  }
  source.slab_left -= units * unit;
  return std::exchange(source.slab_next, source.slab_next + units * unit);
}

void deallocate(void* block, std::size_t bytes) {
  if (block == nullptr) return;
  if (bytes > max_pooled_bytes) return ::operator delete(block);
  auto& target = pool();
  const std::lock_guard lock(target.mutex);
  auto*& first = target.free_lists[units_of(bytes)];
  first = new (block) FreeBlock{first};
}

}  // namespace feedctl::concurrent::slab_allocator
