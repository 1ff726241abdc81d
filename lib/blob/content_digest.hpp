#pragma once
// Digests of a part of a file, read once in pieces. Any thread. Error(internal): the part is longer
// than the file.
#include <string>

#include "base/file_slice.hpp"

namespace feedctl::blob {

struct ContentDigest {
  std::string sha256_hex;
  std::string md5_base64;  // "": OpenSSL has no MD5, as with FIPS
};
ContentDigest digest_of(const FileSlice& content);

}  // namespace feedctl::blob
