#pragma once
// The posts of one author in memory, ascending by id, as 4-byte ordinals. One writer appends in
// place; what is not an append makes a copy. Readers hold a pin and see a prefix.
#include <atomic>
#include <cstdint>
#include <new>

#include "index/slabs.hpp"

namespace feedctl::index {

struct AuthorPosts {
  std::uint32_t capacity = 0;
  std::atomic<std::uint32_t> size{0};

  std::uint32_t* ordinals() { return reinterpret_cast<std::uint32_t*>(this + 1); }
  const std::uint32_t* ordinals() const { return reinterpret_cast<const std::uint32_t*>(this + 1); }

  static AuthorPosts* make(std::uint32_t capacity) {
    auto* made = new (slabs::take(bytes(capacity))) AuthorPosts;
    made->capacity = capacity;
    return made;
  }
  static void drop(void* what) {
    if (what) slabs::give(what, bytes(static_cast<AuthorPosts*>(what)->capacity));
  }
  static std::size_t bytes(std::uint32_t capacity) {
    return sizeof(AuthorPosts) + capacity * sizeof(std::uint32_t);
  }
};

}  // namespace feedctl::index
