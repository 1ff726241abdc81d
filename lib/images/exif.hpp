#pragma once
// The orientation of an image by its Exif metadata. Plain function for bytes of any origin.
#include <cstdint>
#include <span>

namespace feedctl::images {

// 1 to 8 (Exif 2.32, tag 0x0112); 1, upright, where the metadata are missing or damaged.
int read_orientation(std::span<const std::uint8_t> exif);

}  // namespace feedctl::images
