// WebP by libwebp, and its rescaler.
#include <webp/decode.h>
#include <webp/encode.h>

#include "images/codecs.hpp"

namespace feedctl::images {

namespace {

constexpr float lossy_quality = 84;
constexpr std::uint64_t megapixel = 1'000'000;
// The lossless encoder takes some 20 bytes a pixel; larger images become lossy.
constexpr std::uint64_t max_lossless_pixels = 8 * megapixel;

std::uint64_t pixels_of(const Bitmap& image) {
  return std::uint64_t{image.width} * image.height;
}

// Effort from 0 to 6: what the limit of processor time allows.
int effort_for(std::uint64_t pixels) {
  if (pixels > 12 * megapixel) return 0;
  return pixels > 3 * megapixel ? 2 : 4;
}

int write_bytes(const std::uint8_t* bytes, std::size_t size, const WebPPicture* picture) {
  static_cast<OutputFile*>(picture->custom_ptr)->write(bytes, size);
  return 1;
}

[[noreturn]] void give_up_of(const WebPPicture& picture) {
  const bool is_memory = picture.error_code == VP8_ENC_ERROR_OUT_OF_MEMORY ||
                         picture.error_code == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY;
  give_up(is_memory ? Failure::too_much_memory : Failure::damaged);
}

void import(const Bitmap& image, bool as_argb, WebPPicture& to) {
  if (WebPPictureInit(&to) == 0) give_up(Failure::damaged);
  to.use_argb = as_argb ? 1 : 0;
  to.width = static_cast<int>(image.width);
  to.height = static_cast<int>(image.height);
  const int stride = static_cast<int>(image.stride());
  const int done = image.has_alpha() ? WebPPictureImportRGBA(&to, image.pixels.get(), stride)
                                     : WebPPictureImportRGB(&to, image.pixels.get(), stride);
  if (done == 0) give_up_of(to);
}

// `picture` has 32-bit pixels, A in the highest byte.
Bitmap to_bitmap(const WebPPicture& picture, std::uint32_t channels) {
  Bitmap out(static_cast<std::uint32_t>(picture.width), static_cast<std::uint32_t>(picture.height),
             channels);
  for (std::uint32_t y = 0; y < out.height; ++y) {
    const auto* from = picture.argb + static_cast<std::ptrdiff_t>(y) * picture.argb_stride;
    auto* to = out.row(y);
    for (std::uint32_t x = 0; x < out.width; ++x, to += channels) {
      to[0] = static_cast<std::uint8_t>(from[x] >> 16);
      to[1] = static_cast<std::uint8_t>(from[x] >> 8);
      to[2] = static_cast<std::uint8_t>(from[x]);
      if (channels == 4) to[3] = static_cast<std::uint8_t>(from[x] >> 24);
    }
  }
  return out;
}

WebPConfig config_for(const Bitmap& image, bool is_lossless) {
  WebPConfig config;
  if (WebPConfigInit(&config) == 0) give_up(Failure::damaged);
  config.quality = lossy_quality;
  config.method = effort_for(pixels_of(image));
  config.thread_level = 0;
  if (is_lossless && WebPConfigLosslessPreset(&config, pixels_of(image) > megapixel ? 1 : 4) == 0)
    give_up(Failure::damaged);
  return config;
}

}  // namespace

Decoded decode_webp(const Bytes& file, const Bytes& profile) {
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) give_up(Failure::damaged);
  if (WebPGetFeatures(file.data(), file.size(), &config.input) != VP8_STATUS_OK)
    give_up(Failure::damaged);
  const bool alpha = config.input.has_alpha != 0;
  Decoded out;
  out.bitmap = Bitmap(static_cast<std::uint32_t>(config.input.width),
                      static_cast<std::uint32_t>(config.input.height), alpha ? 4 : 3);
  auto& buffer = config.output;
  buffer.colorspace = alpha ? MODE_RGBA : MODE_RGB;
  buffer.is_external_memory = 1;
  buffer.u.RGBA.rgba = out.bitmap.pixels.get();
  buffer.u.RGBA.stride = static_cast<int>(out.bitmap.stride());
  buffer.u.RGBA.size = out.bitmap.stride() * out.bitmap.height;
  const auto status = WebPDecode(file.data(), file.size(), &config);
  if (status == VP8_STATUS_OUT_OF_MEMORY) give_up(Failure::too_much_memory);
  if (status != VP8_STATUS_OK) give_up(Failure::damaged);
  convert_to_srgb(out.bitmap, profile);
  out.bitmap = drop_opaque_alpha(std::move(out.bitmap));
  return out;
}

void encode_webp(const Bitmap& image, bool is_lossless, OutputFile& to) {
  const bool lossless = is_lossless && pixels_of(image) <= max_lossless_pixels;
  const auto config = config_for(image, lossless);
  WebPPicture picture;
  import(image, lossless, picture);
  picture.writer = write_bytes;
  picture.custom_ptr = &to;
  if (WebPEncode(&config, &picture) == 0) give_up_of(picture);
  WebPPictureFree(&picture);
}

Bitmap rescale(const Bitmap& image, std::uint32_t width, std::uint32_t height) {
  WebPPicture picture;
  import(image, true, picture);
  if (WebPPictureRescale(&picture, static_cast<int>(width), static_cast<int>(height)) == 0)
    give_up_of(picture);
  auto out = to_bitmap(picture, image.channels);
  WebPPictureFree(&picture);
  return out;
}

}  // namespace feedctl::images
