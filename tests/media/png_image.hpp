#pragma once
// A valid PNG of any size, without a library: its pixels are stored uncompressed.
#include <cstdint>
#include <string>
#include <string_view>

namespace feedctl::test {

namespace png {

inline void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

inline std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

inline std::uint32_t adler32(std::string_view bytes) {
  std::uint32_t a = 1, b = 0;
  for (const char c : bytes) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

inline void append_chunk(std::string& out, const std::string& type, const std::string& data) {
  append_u32(out, static_cast<std::uint32_t>(data.size()));
  out += type + data;
  append_u32(out, crc32(type + data));
}

// A zlib stream of stored blocks.
inline std::string stored(std::string_view bytes) {
  constexpr std::size_t max_block = 65535;
  std::string out("\x78\x01", 2);
  const auto sum = adler32(bytes);
  do {
    const auto block = bytes.substr(0, max_block);
    bytes.remove_prefix(block.size());
    const auto size = static_cast<std::uint16_t>(block.size());
    const auto inverse = static_cast<std::uint16_t>(~size);
    out += bytes.empty() ? '\1' : '\0';
    for (const auto number : {size, inverse}) {
      out += static_cast<char>(number & 0xff);
      out += static_cast<char>(number >> 8);
    }
    out += block;
  } while (!bytes.empty());
  append_u32(out, sum);
  return out;
}

}  // namespace png

// RGB; images of different `seed` differ.
inline std::string png_image(std::uint32_t width, std::uint32_t height, unsigned seed = 0) {
  std::string rows;
  for (std::uint32_t y = 0; y < height; ++y) {
    rows += '\0';  // no filter
    for (std::uint32_t x = 0; x < width; ++x) {
      rows += static_cast<char>((x * 5 + seed * 40) & 0xff);
      rows += static_cast<char>((y * 7) & 0xff);
      rows += static_cast<char>((seed * 90) & 0xff);
    }
  }
  std::string header;
  png::append_u32(header, width);
  png::append_u32(header, height);
  header += std::string("\x08\x02\x00\x00\x00", 5);
  std::string out("\x89PNG\r\n\x1a\n", 8);
  png::append_chunk(out, "IHDR", header);
  png::append_chunk(out, "IDAT", png::stored(rows));
  png::append_chunk(out, "IEND", "");
  return out;
}

}  // namespace feedctl::test
