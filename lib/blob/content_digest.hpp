#pragma once
// Digests of a part of a file, read once in pieces. Any thread. Error(internal): the part is longer
// than the file.
#include <string>
#include <string_view>

#include "base/file_slice.hpp"

namespace feedctl::blob {

struct ContentDigest {
  std::string sha256_hex;
  std::string md5_base64;  // "": OpenSSL has no MD5, as with FIPS
};
ContentDigest digest_of(const FileSlice& content);

// RFC 4648, section 4, with padding.
std::string base64(std::string_view bytes);

}  // namespace feedctl::blob
