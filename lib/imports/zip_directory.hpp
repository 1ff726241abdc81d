#pragma once
// The size of a zip's central directory, which libarchive loads as a whole. Pure functions.
#include <cstdint>

namespace feedctl::imports {

// Some 350,000 entries of the shortest names.
inline constexpr std::uint64_t max_zip_directory_bytes = 16 << 20;

// Whether the file ends with a zip's directory of at most `max_bytes`. Others are read as a stream,
// from entry to entry.
bool has_small_zip_directory(int fd, std::uint64_t max_bytes);

}  // namespace feedctl::imports
