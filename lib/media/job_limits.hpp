#pragma once
// Limits of the jobs of media. Constants.
#include <chrono>
#include <cstddef>

namespace feedctl::media {

// Of the work of a chunk, and of what it cleans up afterwards: together less than a worker's drain
// may take, and than job_begin.sql allows.
inline constexpr std::chrono::seconds max_chunk_time{20};
inline constexpr std::chrono::seconds max_cleanup_time{5};
// Of a stored image: what 40 megapixels take without compression, and some more.
inline constexpr std::size_t max_object_bytes = std::size_t{256} << 20;

}  // namespace feedctl::media
