#include "images/image_builder.hpp"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "images/codecs.hpp"
#include "images/crc32.hpp"

namespace feedctl::test_images {

namespace {

using images::Bitmap;
using images::Format;

struct Named {
  char name;
  Color color;
};
constexpr Named named_colors[] = {
    {'R', {255, 0, 0}}, {'G', {0, 255, 0}}, {'B', {0, 0, 255}}, {'W', {255, 255, 255}}};

char nearest(const std::uint8_t* pixel) {
  char best = '?';
  int least = std::numeric_limits<int>::max();
  for (const auto& [name, color] : named_colors) {
    int distance = 0;
    for (std::size_t c = 0; c < 3; ++c) distance += std::abs(pixel[c] - color[c]);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

images::Bytes to_bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

std::string riff(const std::string& chunks) {
  return "RIFF" + little_endian(static_cast<std::uint32_t>(chunks.size() + 4), 4) + "WEBP" + chunks;
}

std::string riff_chunk(const std::string& type, const std::string& data) {
  auto chunk = type + little_endian(static_cast<std::uint32_t>(data.size()), 4) + data;
  return data.size() % 2 == 0 ? chunk : chunk + '\0';
}

// In the extended form, which may have metadata.
std::string webp_with_exif(const std::string& image, const std::string& metadata) {
  const auto header = images::read_header(MemoryFile(image).slice());
  const std::string canvas = std::string("\x08\0\0\0", 4) + little_endian(header.width - 1, 3) +
                             little_endian(header.height - 1, 3);
  const auto bitstream = image.substr(image.find("VP8X") == 12 ? 30 : 12);
  return riff(riff_chunk("VP8X", canvas) + bitstream + riff_chunk("EXIF", metadata));
}

std::string entry(int tag, int type, std::uint32_t count, const std::string& value) {
  return big_endian(static_cast<std::uint32_t>(tag), 2) +
         big_endian(static_cast<std::uint32_t>(type), 2) + big_endian(count, 4) + value;
}

// Bits from the lowest of each byte on; codes of deflate from their highest bit on (RFC 1951).
class BitWriter {
 public:
  void bit(bool is_set) {
    if (count_ % 8 == 0) bytes_ += '\0';
    if (is_set) bytes_.back() = static_cast<char>(bytes_.back() | 1 << count_ % 8);
    ++count_;
  }
  void code(unsigned value, int size) {
    for (int i = size - 1; i >= 0; --i) bit((value >> i & 1) != 0);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  int count_ = 0;
};

std::uint32_t adler32(std::string_view data) {
  std::uint32_t a = 1, b = 0;
  for (const char c : data) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

}  // namespace

Bitmap quarters(std::uint32_t width, std::uint32_t height, std::uint32_t channels) {
  Bitmap image(width, height, channels);
  constexpr std::size_t colors[2][2] = {{0, 1}, {3, 2}};
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      const auto& color = named_colors[colors[y >= height / 2][x >= width / 2]].color;
      auto* const pixel = image.row(y) + std::size_t{x} * channels;
      for (std::size_t c = 0; c < 3; ++c) pixel[c] = static_cast<std::uint8_t>(color[c]);
      if (channels == 4) pixel[3] = x < width / 2 ? 255 : 128;
    }
  }
  return image;
}

std::string describe(const Bitmap& image) {
  std::string text;
  for (const std::uint32_t y : {image.height / 4, image.height * 3 / 4}) {
    for (const std::uint32_t x : {image.width / 4, image.width * 3 / 4})
      text += nearest(image.row(y) + std::size_t{x} * image.channels);
  }
  return text;
}

std::string encode(const Bitmap& image, Format format, bool is_lossless) {
  const auto fd = support::memory_file();
  images::OutputFile to(fd.get());
  if (format == Format::png) images::encode_png(image, to);
  if (format == Format::webp) images::encode_webp(image, is_lossless, to);
  if (format == Format::jpeg) {
    images::Decoded decoded;
    decoded.bitmap = Bitmap(image.width, image.height, 3);
    std::copy_n(image.pixels.get(), image.stride() * image.height, decoded.bitmap.pixels.get());
    images::encode_jpeg(decoded, to);
  }
  return read_all({fd.get(), 0, to.finish()});
}

Bitmap decode(std::string_view bytes, Format format) {
  const auto file = to_bytes(bytes);
  if (format == Format::png) return images::decode_png(file, {}).bitmap;
  if (format == Format::webp) return images::decode_webp(file, {}).bitmap;
  return images::decode_jpeg(file, {}, {}).bitmap;
}

std::string exif(int orientation, bool gps) {
  const std::string directory_of_gps = big_endian(1, 2) +
                                       entry(0x0001, 2, 2, std::string("N\0\0\0", 4)) +
                                       big_endian(0, 4) + "GPSPOSITION";
  std::string entries = entry(
      0x0112, 3, 1, big_endian(static_cast<std::uint32_t>(orientation), 2) + std::string(2, '\0'));
  const std::uint32_t count = gps ? 2 : 1;
  if (gps) entries += entry(0x8825, 4, 1, big_endian(8 + 2 + count * 12 + 4, 4));
  return std::string("MM\0*", 4) + big_endian(8, 4) + big_endian(count, 2) + entries +
         big_endian(0, 4) + (gps ? directory_of_gps : "");
}

std::string with_exif(std::string image, Format format, const std::string& metadata) {
  if (format == Format::webp) return webp_with_exif(image, metadata);
  if (format == Format::png) return image.insert(33, png_chunk("eXIf", metadata));
  const auto data = std::string("Exif\0\0", 6) + metadata;
  return image.insert(
      2, "\xff\xe1" + big_endian(static_cast<std::uint32_t>(data.size() + 2), 2) + data);
}

std::string big_endian(std::uint32_t value, int size) {
  std::string bytes;
  for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

std::string little_endian(std::uint32_t value, int size) {
  auto bytes = big_endian(value, size);
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

std::string png_chunk(const std::string& type, const std::string& data) {
  images::Crc32 crc;
  crc.add(to_bytes(type + data));
  return big_endian(static_cast<std::uint32_t>(data.size()), 4) + type + data +
         big_endian(crc.value(), 4);
}

std::string png(const PngHeader& header, const std::string& rows, const std::string& chunks) {
  const auto data = big_endian(header.width, 4) + big_endian(header.height, 4) +
                    static_cast<char>(header.depth) + static_cast<char>(header.color_type) +
                    std::string(3, '\0');
  return "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", data) + chunks +
         png_chunk("IDAT", zlib_stored(rows)) + png_chunk("IEND", "");
}

std::string zlib_stored(std::string_view data) {
  constexpr std::size_t block_size = 65535;
  const auto checksum = adler32(data);
  std::string out = "\x78\x01";
  do {
    const auto block = data.substr(0, block_size);
    data.remove_prefix(block.size());
    const auto size = static_cast<std::uint32_t>(block.size());
    out += data.empty() ? '\1' : '\0';
    out += little_endian(size, 2) + little_endian(~size & 0xffff, 2);
    out += block;
  } while (!data.empty());
  return out + big_endian(checksum, 4);
}

// One block of fixed codes: a zero, then copies of 258 of them.
std::string zlib_of_zeros(std::size_t count) {
  BitWriter out;
  out.bit(true);
  out.bit(true);
  out.bit(false);
  out.code(0x30, 8);
  for (std::size_t i = 0; i < count / 258; ++i) {
    out.code(0xc5, 8);
    out.code(0, 5);
  }
  out.code(0, 7);
  return "\x78\x01" + out.bytes() + big_endian(0, 4);
}

}  // namespace feedctl::test_images
