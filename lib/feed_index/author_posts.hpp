#pragma once
// The posts of one author in memory, ascending by id, as 4-byte ordinals. One writer appends in
// place and copies for any other change. Readers hold a guard and see a prefix.
#include <atomic>
#include <cstdint>
#include <new>

#include "concurrent/slab_allocator.hpp"

namespace feedctl::feed_index {

struct AuthorPosts {
  std::uint32_t capacity = 0;
  std::atomic<std::uint32_t> size{0};

  std::uint32_t* ordinals() { return reinterpret_cast<std::uint32_t*>(this + 1); }
  const std::uint32_t* ordinals() const { return reinterpret_cast<const std::uint32_t*>(this + 1); }

  static AuthorPosts* make(std::uint32_t capacity) {
    auto* made = new (concurrent::slab_allocator::allocate(bytes(capacity))) AuthorPosts;
    made->capacity = capacity;
    return made;
  }
  static void drop(void* list) {
    if (list)
      concurrent::slab_allocator::deallocate(list,
                                             bytes(static_cast<AuthorPosts*>(list)->capacity));
  }
  static std::size_t bytes(std::uint32_t capacity) {
    return sizeof(AuthorPosts) + capacity * sizeof(std::uint32_t);
  }
};

}  // namespace feedctl::feed_index
