#pragma once
// SHA-256 of a part of a file, read in bounded pieces. Thread-safe.
#include <string>

#include "base/file_slice.hpp"

namespace feedctl {

// 64 lowercase hex digits. Error(unavailable) where the file cannot be read, or ends before the
// slice does.
std::string sha256_hex(const FileSlice& slice);

}  // namespace feedctl
