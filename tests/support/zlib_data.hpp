#pragma once
// What files such as PNG need of zlib, for tests that link it. Plain functions.
#include <zlib.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace feedctl::support {

// A zlib stream, as small as can be.
inline std::string deflated(const std::string& bytes) {
  auto size = ::compressBound(bytes.size());
  std::string out(size, '\0');
  if (::compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                  reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(), 9) != Z_OK)
    throw std::runtime_error("zlib failed");
  out.resize(size);
  return out;
}

inline std::uint32_t crc32_of(const std::string& bytes) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

}  // namespace feedctl::support
