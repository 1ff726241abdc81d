#pragma once
// Initial and maximum sizes of the in-memory arrays. Models that build very many small indexes
// define FEEDCTL_SMALL_INDEX.
#include <cstddef>

namespace feedctl::concurrent {

#ifdef FEEDCTL_SMALL_INDEX
inline constexpr int segment_shift = 2, max_segments = 16;
inline constexpr std::size_t initial_table_capacity = 4;
#else
inline constexpr int segment_shift = 18, max_segments = 1 << (32 - segment_shift);
inline constexpr std::size_t initial_table_capacity = 1024;
#endif

}  // namespace feedctl::concurrent
