#pragma once
// Decoded pixels: rows of 8-bit R, G, B and perhaps A, from the top, without padding. Moves only.
#include <cstddef>
#include <cstdint>
#include <memory>

namespace feedctl::images {

struct Bitmap {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t channels = 3;  // 4: with alpha
  std::unique_ptr<std::uint8_t[]> pixels;

  Bitmap() = default;
  Bitmap(std::uint32_t w, std::uint32_t h, std::uint32_t c)
      : width(w),
        height(h),
        channels(c),
        pixels(std::make_unique_for_overwrite<std::uint8_t[]>(std::size_t{w} * h * c)) {}

  bool has_alpha() const { return channels == 4; }
  std::size_t stride() const { return std::size_t{width} * channels; }
  std::uint8_t* row(std::uint32_t y) { return pixels.get() + y * stride(); }
  const std::uint8_t* row(std::uint32_t y) const { return pixels.get() + y * stride(); }
};

bool is_gray(const Bitmap& image);  // whether R, G and B are equal in every pixel
// Upright, by an Exif orientation from 1 to 8. Takes as much memory again where it turns.
Bitmap orient(Bitmap image, int orientation);
// The same without an alpha channel where it is opaque.
Bitmap drop_opaque_alpha(Bitmap image);

}  // namespace feedctl::images
