// PNG files: the chunks up to IEND. The checksums of critical chunks are compared.
#include <algorithm>
#include <array>
#include <string_view>

#include "images/crc32.hpp"
#include "images/layout.hpp"

namespace feedctl::images {

namespace {

constexpr std::size_t signature_size = 8;
constexpr std::uint32_t max_chunk_size = 0x7fffffff;
constexpr std::size_t max_profile_name = 79;

using ChunkType = std::array<std::uint8_t, 4>;

class PngParser {
 public:
  explicit PngParser(ByteReader& in) : in_(in) { layout_.header.format = Format::png; }

  Layout run() {
    in_.skip(signature_size);
    while (read_chunk()) {
    }
    if (!has_data_) throw damaged("it has no image data");
    return std::move(layout_);
  }

 private:
  bool is(std::string_view name) const {
    return std::equal(name.begin(), name.end(), type_.begin());
  }
  bool is_critical() const { return (type_[0] & 0x20) == 0; }

  // Whether more chunks follow.
  bool read_chunk() {
    const auto size = in_.big_endian(4);
    in_.read(type_);
    if (size > max_chunk_size) throw damaged("a chunk is too long");
    if ((layout_.header.width == 0) != is("IHDR")) throw damaged("IHDR is not its first chunk");
    if (!is_critical()) return skip_ancillary(size), true;
    if (is("IHDR")) return read_size(size), true;
    if (!is("IDAT") && !is("PLTE") && !is("IEND")) throw damaged("it has an unknown chunk");
    if (is("IDAT")) has_data_ = true;
    check_crc(size);
    return !is("IEND");
  }

  void read_size(std::uint32_t size) {
    if (size != 13) throw damaged("IHDR has a wrong length");
    std::array<std::uint8_t, 13> data{};
    in_.read(data);
    Crc32 crc;
    crc.add(type_);
    crc.add(data);
    if (in_.big_endian(4) != crc.value()) throw wrong_crc();
    layout_.header.width = number_at(data, 0);
    layout_.header.height = number_at(data, 4);
    check_size(layout_.header);
  }

  static std::uint32_t number_at(const std::array<std::uint8_t, 13>& data, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | data[i];
    return value;
  }

  static Error wrong_crc() { return damaged("the checksum of a chunk is wrong"); }

  void check_crc(std::size_t size) {
    Crc32 crc;
    crc.add(type_);
    while (size > 0) {
      auto bytes = in_.peek();
      if (bytes.empty()) throw truncated();
      bytes = bytes.first(std::min(bytes.size(), size));
      crc.add(bytes);
      in_.skip(bytes.size());
      size -= bytes.size();
    }
    if (in_.big_endian(4) != crc.value()) throw wrong_crc();
  }

  void skip_ancillary(std::size_t size) {
    if (is("acTL")) throw animated();
    if (++metadata_count_ > max_metadata_count || size > max_metadata_size)
      throw too_much_metadata();
    const auto end = in_.position() + size;
    if (size > in_.remaining()) throw truncated();
    if (is("eXIf")) layout_.exif = {in_.position(), size};
    if (is("iCCP") && layout_.profile.empty()) note_profile(end);
    in_.skip(end - in_.position() + 4);
  }

  // A name that a NUL ends, the method of compression (0), the compressed profile.
  void note_profile(std::size_t end) {
    for (std::size_t i = 0; i <= max_profile_name && in_.position() + 2 < end; ++i) {
      if (in_.u8() != 0) continue;
      if (in_.u8() == 0) layout_.profile.push_back({in_.position(), end - in_.position()});
      return;
    }
  }

  ByteReader& in_;
  Layout layout_;
  ChunkType type_{};
  int metadata_count_ = 0;
  bool has_data_ = false;
};

}  // namespace

Layout read_png_layout(ByteReader& in) {
  return PngParser(in).run();
}

}  // namespace feedctl::images
