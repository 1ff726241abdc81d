#pragma once
// Images that tests make: by the encoders of lib/images, and PNG files byte by byte. Plain values.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "images/bitmap.hpp"
#include "images/image_processor.hpp"
#include "support/memory_file.hpp"

namespace feedctl::test_images {

using support::MemoryFile;
using support::read_all;

// Four quarters of red, green, blue and white, clockwise from the top left.
images::Bitmap quarters(std::uint32_t width, std::uint32_t height, std::uint32_t channels = 3);
using Color = std::array<int, 3>;
// The nearest of the quarters' colors in the middle of each quarter, from the top left row by row:
// "RGWB" for quarters().
std::string describe(const images::Bitmap& image);

std::string encode(const images::Bitmap& image, images::Format format, bool is_lossless = false);
images::Bitmap decode(std::string_view bytes, images::Format format);

// Exif metadata with this orientation, and with a position where `gps` is set.
std::string exif(int orientation, bool gps = false);
// The image with Exif metadata, in the way of its format.
std::string with_exif(std::string image, images::Format format, const std::string& metadata);

std::string big_endian(std::uint32_t value, int size);
std::string little_endian(std::uint32_t value, int size);

std::string png_chunk(const std::string& type, const std::string& data);
struct PngHeader {
  std::uint32_t width = 1;
  std::uint32_t height = 1;
  int depth = 8;
  int color_type = 2;
};
// `rows`: each with its filter byte. `chunks` stand between IHDR and IDAT.
std::string png(const PngHeader& header, const std::string& rows, const std::string& chunks = "");
// The zlib format, without compression.
std::string zlib_stored(std::string_view data);
// About so many zeros, well compressed.
std::string zlib_of_zeros(std::size_t count);

}  // namespace feedctl::test_images
