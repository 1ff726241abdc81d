#pragma once
// A slab allocator with free lists by size (Bonwick, "The slab allocator", 1994), without malloc's
// 16 bytes of overhead on blocks of some 50 bytes.
//
// Sizes are rounded up to 8 bytes. Freed blocks serve requests of the same size and never return to
// the system. Blocks above 512 bytes come from operator new, and so do all in sanitizer builds.
// Thread-safe.
#include <cstddef>

namespace feedctl::concurrent::slab_allocator {

// Aligned to 8 bytes. Throws std::bad_alloc.
void* allocate(std::size_t bytes);
// `block` may be null; `bytes` is the size it was allocated with.
void deallocate(void* block, std::size_t bytes);

}  // namespace feedctl::concurrent::slab_allocator
