#pragma once
// The cache in the memory of one process, for an installation without Redis.
#include <cstddef>
#include <memory>

#include "cache/cache.hpp"

namespace feedctl::cache {

struct MemoryOptions {
  std::size_t max_entries = 100000;  // the least recently used go first
  std::size_t max_bytes = std::size_t{64} << 20;
};

std::unique_ptr<Cache> make_memory_cache(MemoryOptions options = {});

}  // namespace feedctl::cache
