#pragma once
// CRC-32 of the PNG specification (annex D), over one or more pieces. Plain class.
#include <array>
#include <cstdint>
#include <span>

namespace feedctl::images {

class Crc32 {
 public:
  void add(std::span<const std::uint8_t> bytes) {
    for (const auto byte : bytes) value_ = table[(value_ ^ byte) & 0xff] ^ (value_ >> 8);
  }
  std::uint32_t value() const { return ~value_; }

 private:
  static constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t n = 0; n < 256; ++n) {
      auto c = n;
      for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? 0xedb88320U ^ (c >> 1) : c >> 1;
      entries[n] = c;
    }
    return entries;
  }
  static const std::array<std::uint32_t, 256> table;

  std::uint32_t value_ = 0xffffffffU;
};

inline constexpr std::array<std::uint32_t, 256> Crc32::table = Crc32::make_table();

}  // namespace feedctl::images
