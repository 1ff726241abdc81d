#include "e2e/media/sample_images.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "support/temp_folder.hpp"
#include "support/zlib_data.hpp"

namespace feedctl::media_test {
namespace {

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
}

std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < count; ++i) number = number << 8 | byte_at(bytes, at + i);
  return number;
}

std::uint32_t little_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t number = 0;
  for (std::size_t i = count; i > 0; --i) number = number << 8 | byte_at(bytes, at + i - 1);
  return number;
}

std::string four_bytes(std::uint32_t number) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift & 0xff);
  return bytes;
}

std::string little_endian_bytes(std::uint32_t number, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(number >> 8 * i & 0xff);
  return bytes;
}

std::string chunk(const std::string& type, const std::string& data) {
  const auto named = type + data;
  return four_bytes(static_cast<std::uint32_t>(data.size())) + named +
         four_bytes(support::crc32_of(named));
}

// 8-bit RGB without interlacing. `before_pixels`: whole chunks.
std::string png_of(std::uint32_t width, std::uint32_t height, const std::string& pixels,
                   const std::string& before_pixels = "") {
  const std::string form{8, 2, 0, 0, 0};
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", four_bytes(width) + four_bytes(height) + form) +
         before_pixels + chunk("IDAT", pixels) + chunk("IEND", "");
}

std::string pixels_of(std::uint32_t width, std::uint32_t height, std::uint8_t shade) {
  const std::string line = '\0' + std::string(std::size_t{3} * width, static_cast<char>(shade));
  std::string all;
  all.reserve(line.size() * height);
  for (std::uint32_t y = 0; y < height; ++y) all += line;
  return support::deflated(all);
}

std::string riff_chunk(const std::string& type, const std::string& data) {
  const auto padding = data.size() % 2 == 1 ? std::string(1, '\0') : "";
  return type + little_endian_bytes(static_cast<std::uint32_t>(data.size()), 4) + data + padding;
}

// The VP8 chunk of a simple WebP file.
std::string webp_frame_data(const std::string& webp) {
  const auto at = webp.find("VP8 ");
  if (at == std::string::npos) throw std::runtime_error("the fixture is no lossy WebP");
  return webp.substr(at, 8 + little_endian(webp, at + 4, 4));
}

Size jpeg_size(std::string_view bytes) {
  for (std::size_t at = 2; at + 9 < bytes.size() && byte_at(bytes, at) == 0xff;) {
    const auto marker = byte_at(bytes, at + 1);
    const bool is_frame =
        marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (is_frame) return {big_endian(bytes, at + 7, 2), big_endian(bytes, at + 5, 2)};
    at += 2 + big_endian(bytes, at + 2, 2);
  }
  return {};
}

Size webp_size(std::string_view bytes) {
  const auto type = bytes.substr(12, 4);
  if (type == "VP8 ")
    return {little_endian(bytes, 26, 2) & 0x3fff, little_endian(bytes, 28, 2) & 0x3fff};
  if (type == "VP8L") {
    const auto packed = little_endian(bytes, 21, 4);
    return {(packed & 0x3fff) + 1, (packed >> 14 & 0x3fff) + 1};
  }
  if (type == "VP8X") return {little_endian(bytes, 24, 3) + 1, little_endian(bytes, 27, 3) + 1};
  return {};
}

}  // namespace

std::string photo(std::string_view extension) {
  const auto file = std::filesystem::path(std::getenv("FEEDCTL_SOURCE")) / "fixtures" /
                    ("photo." + std::string(extension));
  auto bytes = support::read_file(file);
  if (bytes.empty()) throw std::runtime_error("there is no " + file.string());
  return bytes;
}

std::string content_type_of(std::string_view extension) {
  return extension == "jpg" ? "image/jpeg" : "image/" + std::string(extension);
}

std::string make_png(std::uint32_t width, std::uint32_t height, std::uint8_t shade) {
  return png_of(width, height, pixels_of(width, height, shade));
}

std::string make_png_bomb(std::uint32_t width, std::uint32_t height) {
  return png_of(width, height, support::deflated(std::string(100'000'000, '\0')));
}

std::string make_png_with_text_chunks(int count) {
  std::string chunks;
  for (int i = 0; i < count; ++i)
    chunks += chunk("tEXt", "Comment" + std::string(1, '\0') + "number " + std::to_string(i));
  return png_of(8, 8, pixels_of(8, 8, 1), chunks);
}

std::string make_png_with_profile_bomb() {
  const auto profile = support::deflated(std::string(64'000'000, '\0'));
  return png_of(8, 8, pixels_of(8, 8, 1), chunk("iCCP", "bomb" + std::string(2, '\0') + profile));
}

std::string make_animated_webp() {
  const auto frame = webp_frame_data(photo("webp"));
  const auto size = little_endian_bytes(719, 3) + little_endian_bytes(479, 3);
  const auto animated = std::string("\x02\0\0\0", 4);
  const auto position = std::string(6, '\0');
  const auto duration = little_endian_bytes(100, 3) + std::string(1, '\0');
  const auto frames = riff_chunk("ANMF", position + size + duration + frame);
  const auto content = "WEBP" + riff_chunk("VP8X", animated + size) +
                       riff_chunk("ANIM", std::string(6, '\0')) + frames + frames;
  return riff_chunk("RIFF", content);
}

std::string with_broken_crc(std::string png) {
  const auto at = png.find("IDAT");
  const auto crc = at + 4 + big_endian(png, at - 4, 4);
  png.at(crc) = static_cast<char>(png.at(crc) ^ 1);
  return png;
}

bool has_metadata(std::string_view image) {
  for (const std::string_view mark :
       {"Exif", "EXIF", "eXIf", "XMP ", "http://ns.adobe.com", "W5M0MpCehiHzreSzNTczkc9d", "tEXt",
        "iTXt", "zTXt", "feedctl", "an evening at a lake", "nobody"}) {
    if (image.find(mark) != std::string_view::npos) return true;
  }
  return false;
}

Size size_of(std::string_view image) {
  if (image.substr(0, 4) == "\x89PNG") return {big_endian(image, 16, 4), big_endian(image, 20, 4)};
  if (image.substr(0, 2) == "\xff\xd8") return jpeg_size(image);
  if (image.substr(0, 4) == "RIFF" && image.substr(8, 4) == "WEBP") return webp_size(image);
  return {};
}

}  // namespace feedctl::media_test
