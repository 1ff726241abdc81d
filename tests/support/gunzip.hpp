#pragma once
// Decompresses gzip, for tests that link http.
#include <zlib.h>

#include <string>

namespace feedctl::support {

// "" where `bytes` are not exactly one gzip stream of at most a megabyte.
inline std::string gunzip(const std::string& bytes) {
  z_stream stream{};
  if (::inflateInit2(&stream, 15 + 16) != Z_OK) return "";
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = ::inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::inflateEnd(&stream);
  return end == Z_STREAM_END && stream.avail_in == 0 ? out : "";
}

}  // namespace feedctl::support
