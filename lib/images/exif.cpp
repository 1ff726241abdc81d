#include "images/exif.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

namespace feedctl::images {

namespace {

constexpr std::uint32_t orientation_tag = 0x0112;
constexpr std::uint32_t short_type = 3;
constexpr std::size_t entry_size = 12;

// A TIFF structure; a number outside of it is nullopt.
class Tiff {
 public:
  Tiff(std::span<const std::uint8_t> bytes, bool is_little_endian)
      : bytes_(bytes), is_little_endian_(is_little_endian) {}

  std::optional<std::uint32_t> number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8 | bytes_[is_little_endian_ ? at + size - 1 - i : at + i];
    return value;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  bool is_little_endian_;
};

bool begins_with(std::span<const std::uint8_t> bytes, std::string_view text) {
  return bytes.size() >= text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

int find_orientation(const Tiff& tiff) {
  const auto directory = tiff.number(4, 4);
  const auto count = directory ? tiff.number(*directory, 2) : std::nullopt;
  for (std::size_t i = 0; count && i < *count; ++i) {
    const auto entry = *directory + 2 + i * entry_size;
    const auto tag = tiff.number(entry, 2);
    if (!tag) break;
    if (*tag != orientation_tag) continue;
    const auto value = tiff.number(entry + 8, 2);
    const bool is_valid =
        tiff.number(entry + 2, 2) == short_type && value && *value >= 1 && *value <= 8;
    return is_valid ? static_cast<int>(*value) : 1;
  }
  return 1;
}

}  // namespace

int read_orientation(std::span<const std::uint8_t> exif) {
  constexpr std::string_view name{"Exif\0\0", 6};  // some writers put it before a WebP's, too
  if (begins_with(exif, name)) exif = exif.subspan(name.size());
  if (begins_with(exif, {"II*\0", 4})) return find_orientation({exif, true});
  if (begins_with(exif, {"MM\0*", 4})) return find_orientation({exif, false});
  return 1;
}

}  // namespace feedctl::images
