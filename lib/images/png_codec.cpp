// PNG by libpng.
#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "images/codecs.hpp"

namespace feedctl::images {

namespace {

constexpr std::uint64_t large_image = 8'000'000;  // pixels; faster, larger output from here on

[[noreturn]] void on_error(png_structp /*codec*/, png_const_charp text) {
  const bool is_memory = std::strstr(text, "emory") != nullptr;
  give_up(is_memory ? Failure::too_much_memory : Failure::damaged);
}

void ignore_warning(png_structp /*codec*/, png_const_charp /*text*/) {}

struct Input {
  const Bytes& file;
  std::size_t at = 0;
};

void read_bytes(png_structp codec, png_bytep to, std::size_t size) {
  auto& input = *static_cast<Input*>(png_get_io_ptr(codec));
  if (size > input.file.size() - input.at) give_up(Failure::damaged);
  std::memcpy(to, input.file.data() + input.at, size);
  input.at += size;
}

void write_bytes(png_structp codec, png_bytep from, std::size_t size) {
  static_cast<OutputFile*>(png_get_io_ptr(codec))->write(from, size);
}

void flush_nothing(png_structp /*codec*/) {}

// The decoder needs of the ancillary chunks only tRNS; metadata it need not even look at.
void ignore_metadata(png_structp codec) {
  png_set_keep_unknown_chunks(codec, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  static const std::uint8_t transparency[] = {'t', 'R', 'N', 'S', 0};
  png_set_keep_unknown_chunks(codec, PNG_HANDLE_CHUNK_AS_DEFAULT, transparency, 1);
}

// Whatever the color type and the depth: 8-bit RGB or RGBA.
void request_rgb(png_structp codec) {
  png_set_expand(codec);
  png_set_scale_16(codec);
  png_set_gray_to_rgb(codec);
}

void read_pixels(png_structp codec, int passes, Bitmap& to) {
  for (int pass = 0; pass < passes; ++pass) {
    for (std::uint32_t y = 0; y < to.height; ++y) png_read_row(codec, to.row(y), nullptr);
  }
}

void write_gray(png_structp codec, const Bitmap& image) {
  const std::uint32_t channels = image.has_alpha() ? 2 : 1;
  Bytes line(std::size_t{image.width} * channels);
  for (std::uint32_t y = 0; y < image.height; ++y) {
    const auto* pixel = image.row(y);
    for (std::uint32_t x = 0; x < image.width; ++x, pixel += image.channels) {
      line[std::size_t{x} * channels] = pixel[0];
      if (channels == 2) line[std::size_t{x} * 2 + 1] = pixel[3];
    }
    png_write_row(codec, line.data());
  }
}

int color_type_of(const Bitmap& image, bool gray) {
  const int color = gray ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB;
  return image.has_alpha() ? color | PNG_COLOR_MASK_ALPHA : color;
}

}  // namespace

Decoded decode_png(const Bytes& file, const Bytes& profile) {
  Input input{file};
  auto* codec = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, on_error, ignore_warning);
  auto* info = codec == nullptr ? nullptr : png_create_info_struct(codec);
  if (info == nullptr) give_up(Failure::too_much_memory);
  png_set_read_fn(codec, &input, read_bytes);
  ignore_metadata(codec);
  png_set_user_limits(codec, max_side, max_side);
  png_read_info(codec, info);
  request_rgb(codec);
  const int passes = png_set_interlace_handling(codec);
  png_read_update_info(codec, info);
  Decoded out;
  out.bitmap = Bitmap(png_get_image_width(codec, info), png_get_image_height(codec, info),
                      png_get_channels(codec, info));
  if (png_get_rowbytes(codec, info) != out.bitmap.stride()) give_up(Failure::damaged);
  read_pixels(codec, passes, out.bitmap);
  png_destroy_read_struct(&codec, &info, nullptr);
  convert_to_srgb(out.bitmap, profile);
  out.bitmap = drop_opaque_alpha(std::move(out.bitmap));
  return out;
}

void encode_png(const Bitmap& image, OutputFile& to) {
  auto* codec = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, on_error, ignore_warning);
  auto* info = codec == nullptr ? nullptr : png_create_info_struct(codec);
  if (info == nullptr) give_up(Failure::too_much_memory);
  const bool gray = is_gray(image);
  png_set_write_fn(codec, &to, write_bytes, flush_nothing);
  const bool is_large = std::uint64_t{image.width} * image.height > large_image;
  png_set_compression_level(codec, is_large ? 2 : 6);
  if (is_large) png_set_filter(codec, 0, PNG_FILTER_SUB);
  png_set_IHDR(codec, info, image.width, image.height, 8, color_type_of(image, gray),
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(codec, info);
  if (gray) {
    write_gray(codec, image);
  } else {
    for (std::uint32_t y = 0; y < image.height; ++y) png_write_row(codec, image.row(y));
  }
  png_write_end(codec, nullptr);
  png_destroy_write_struct(&codec, &info);
}

Bytes inflate_profile(std::span<const std::uint8_t> compressed) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) give_up(Failure::too_much_memory);
  stream.next_in = const_cast<std::uint8_t*>(compressed.data());
  stream.avail_in = static_cast<unsigned>(compressed.size());
  Bytes out;
  std::uint8_t piece[16 * 1024];
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = piece;
    stream.avail_out = sizeof piece;
    result = inflate(&stream, Z_NO_FLUSH);
    out.insert(out.end(), piece, stream.next_out);
    if (out.size() > max_profile_size) give_up(Failure::profile_too_large);
  }
  inflateEnd(&stream);
  return result == Z_STREAM_END ? out : Bytes{};
}

}  // namespace feedctl::images
