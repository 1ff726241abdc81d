#pragma once
// Conversion from the color space of an ICC profile to sRGB, by Little CMS. Single-threaded.
#include <cstdint>
#include <span>

#include "images/bitmap.hpp"

namespace feedctl::images {

// Loads what the library reads from files (the time zone), before the process may open none.
void prepare_color_profiles();

// Converts rows of CMYK pixels to RGB.
class CmykConverter {
 public:
  // `is_inverted`: 255 means no ink, as Adobe writes JPEG files.
  CmykConverter(std::span<const std::uint8_t> profile, bool is_inverted);
  CmykConverter(const CmykConverter&) = delete;
  CmykConverter& operator=(const CmykConverter&) = delete;
  ~CmykConverter();

  void convert(const std::uint8_t* cmyk, std::uint8_t* rgb, std::uint32_t count) const;

 private:
  void* transform_;  // nullptr: no usable profile
  bool is_inverted_;
};

// Leaves the image as it is where the profile is empty, damaged or for another kind of image.
void convert_to_srgb(Bitmap& image, std::span<const std::uint8_t> profile);

}  // namespace feedctl::images
