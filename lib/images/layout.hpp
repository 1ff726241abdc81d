#pragma once
// Structure of an image file: its header, and where its metadata are. Parsed without decoding, in
// constant memory and in time linear in the file's size. Plain functions; errors as read_header().
#include <cstddef>
#include <vector>

#include "images/byte_reader.hpp"
#include "images/image_processor.hpp"

namespace feedctl::images {

struct ByteRange {
  std::size_t offset = 0;  // in the image
  std::size_t size = 0;
};

struct Layout {
  Header header;
  ByteRange exif;                  // size 0: none
  std::vector<ByteRange> profile;  // the pieces of the ICC profile in order; a PNG's is compressed
  bool is_lossless = false;        // of a WebP
};

inline constexpr std::size_t max_profile_size = 4 * 1024 * 1024;
inline constexpr int max_metadata_count = 1000;
inline constexpr std::size_t max_metadata_size = 4 * 1024 * 1024;  // of one chunk of a PNG or WebP

Layout read_layout(const FileSlice& image);

// Each begins at the first byte of the file, whose signature is known to be right.
Layout read_jpeg_layout(ByteReader& in);
Layout read_png_layout(ByteReader& in);
Layout read_webp_layout(ByteReader& in);

Error too_much_metadata();
Error animated();
Error profile_too_large();
// Throws where a side or the area is zero or above the limit.
void check_size(const Header& header);

}  // namespace feedctl::images
