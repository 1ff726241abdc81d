#pragma once
// Decoders and encoders of the three formats. Only a confined process calls them: a failure ends
// it. Single-threaded.
#include <cstdint>
#include <span>
#include <vector>

#include "images/bitmap.hpp"
#include "images/color_profile.hpp"
#include "images/layout.hpp"
#include "images/output_file.hpp"
#include "images/wire.hpp"

namespace feedctl::images {

using Bytes = std::vector<std::uint8_t>;

// Reports the failure to the caller of ImageProcessor, and ends the process. The codecs call it
// from their callbacks, so no exception and no longjmp passes through their frames.
[[noreturn]] void give_up(Failure failure);

struct Decoded {
  Bitmap bitmap;
  int jpeg_quality = 88;        // an estimate of the quality at which it was compressed
  bool has_full_chroma = true;  // of a JPEG: its chroma is not subsampled
};

// At least `min_width` x `min_height` pixels, where the decoder can reduce; else the whole image.
struct DecodeOptions {
  std::uint32_t min_width = 0xffffffff;
  std::uint32_t min_height = 0xffffffff;
};

// Each converts to sRGB by the profile where that is a valid one for the image.
Decoded decode_jpeg(const Bytes& file, const Bytes& profile, const DecodeOptions& options);
Decoded decode_png(const Bytes& file, const Bytes& profile);
Decoded decode_webp(const Bytes& file, const Bytes& profile);
// The profile of a PNG, which is compressed.
Bytes inflate_profile(std::span<const std::uint8_t> compressed);

void encode_jpeg(const Decoded& image, OutputFile& to);
void encode_png(const Bitmap& image, OutputFile& to);
void encode_webp(const Bitmap& image, bool is_lossless, OutputFile& to);

// By libwebp's rescaler, which averages areas. Both sides at least 1.
Bitmap rescale(const Bitmap& image, std::uint32_t width, std::uint32_t height);

}  // namespace feedctl::images
