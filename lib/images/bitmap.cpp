#include "images/bitmap.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace feedctl::images {

namespace {

bool swaps_sides(int orientation) {
  return orientation >= 5;
}
bool mirrors_columns(int orientation) {
  return orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
}
bool mirrors_rows(int orientation) {
  return orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
}

// The pixel (x, y) of the result is the pixel (column, row) of the image.
struct Source {
  std::uint32_t column, row;
};

Source source_of(const Bitmap& image, int orientation, std::uint32_t x, std::uint32_t y) {
  if (swaps_sides(orientation)) std::swap(x, y);
  if (mirrors_columns(orientation)) x = image.width - 1 - x;
  if (mirrors_rows(orientation)) y = image.height - 1 - y;
  return {x, y};
}

}  // namespace

Bitmap orient(Bitmap image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const bool swaps = swaps_sides(orientation);
  Bitmap out(swaps ? image.height : image.width, swaps ? image.width : image.height,
             image.channels);
  for (std::uint32_t y = 0; y < out.height; ++y) {
    auto* to = out.row(y);
    for (std::uint32_t x = 0; x < out.width; ++x, to += out.channels) {
      const auto [column, row] = source_of(image, orientation, x, y);
      std::memcpy(to, image.row(row) + std::size_t{column} * image.channels, image.channels);
    }
  }
  return out;
}

Bitmap drop_opaque_alpha(Bitmap image) {
  if (!image.has_alpha()) return image;
  const std::size_t count = std::size_t{image.width} * image.height;
  auto* const pixels = image.pixels.get();
  for (std::size_t i = 0; i < count; ++i) {
    if (pixels[i * 4 + 3] != 255) return image;
  }
  for (std::size_t i = 0; i < count; ++i) std::memmove(pixels + i * 3, pixels + i * 4, 3);
  image.channels = 3;
  return image;
}

bool is_gray(const Bitmap& image) {
  const auto count = std::size_t{image.width} * image.height;
  const auto* pixel = image.pixels.get();
  for (std::size_t i = 0; i < count; ++i, pixel += image.channels) {
    if (pixel[0] != pixel[1] || pixel[1] != pixel[2]) return false;
  }
  return true;
}

}  // namespace feedctl::images
