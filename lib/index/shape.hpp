#pragma once
// How large the index's arrays begin. Tests that walk through many small indexes build it small.
#include <cstddef>

namespace feedctl::index {

#ifdef FEEDCTL_SMALL_INDEX
inline constexpr int segment_shift = 2, segments = 16;
inline constexpr std::size_t first_table = 4;
#else
inline constexpr int segment_shift = 18, segments = 1 << (32 - segment_shift);
inline constexpr std::size_t first_table = 1024;
#endif

}  // namespace feedctl::index
