#pragma once
// Images as bytes: the photos of fixtures/, and images that a server must refuse. Plain functions.
#include <cstdint>
#include <string>
#include <string_view>

namespace feedctl::media_test {

// fixtures/photo.EXTENSION: "jpg" (480 x 720 as stored, 720 x 480 upright), "png" (120 x 80),
// "webp" (720 x 480). Each tells where it was taken.
std::string photo(std::string_view extension);
std::string content_type_of(std::string_view extension);

// A PNG of one color, which differs with `shade`.
std::string make_png(std::uint32_t width, std::uint32_t height, std::uint8_t shade = 0);
// A PNG whose header names that size, with 100 KB of compressed zeros.
std::string make_png_bomb(std::uint32_t width, std::uint32_t height);
std::string make_png_with_text_chunks(int count);
// A color profile that is small as sent and 64 MB once decompressed.
std::string make_png_with_profile_bomb();
std::string make_animated_webp();
// The file with a wrong checksum of its first IDAT chunk.
std::string with_broken_crc(std::string png);

// Whether the bytes hold metadata: EXIF, XMP, a comment, or one of the words of the fixtures.
bool has_metadata(std::string_view image);

// The size of a PNG, a JPEG or a WebP by its header; {0, 0} where it is none of them.
struct Size {
  std::uint32_t width = 0, height = 0;
  bool operator==(const Size&) const = default;
};
Size size_of(std::string_view image);

}  // namespace feedctl::media_test
