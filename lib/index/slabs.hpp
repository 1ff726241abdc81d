#pragma once
// Memory for the index's millions of small pieces: malloc adds some 16 bytes to each of 50. Sizes
// are rounded up to 8 bytes; what is given back serves others of its size and never returns to the
// system. Larger pieces come from operator new, and all of them where a sanitizer is to watch them.
// Any thread.
#include <cstddef>

namespace feedctl::index::slabs {

// At an address divisible by 8. std::bad_alloc.
void* take(std::size_t bytes);
// `piece` may be null; `bytes` as it was taken.
void give(void* piece, std::size_t bytes);

}  // namespace feedctl::index::slabs
