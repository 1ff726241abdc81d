#include "images/layout.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace feedctl::images {

namespace {

using Start = std::array<std::uint8_t, 12>;

struct Signature {
  Format format;
  std::string_view bytes;  // '?' stands for any byte
};

constexpr Signature signatures[] = {
    {Format::jpeg, "\xff\xd8\xff"},
    {Format::png, "\x89PNG\r\n\x1a\n"},
    {Format::webp, "RIFF????WEBP"},
};

bool starts_like(const Start& start, std::size_t size, std::string_view signature) {
  for (std::size_t i = 0; i < std::min(size, signature.size()); ++i) {
    if (signature[i] != '?' && static_cast<std::uint8_t>(signature[i]) != start[i]) return false;
  }
  return true;
}

Format sniff(const FileSlice& image) {
  ByteReader in(image);
  Start start{};
  const auto size = std::min(start.size(), image.size);
  in.read({start.data(), size});
  for (const auto& [format, signature] : signatures) {
    if (!starts_like(start, size, signature)) continue;
    if (size < signature.size()) throw truncated();
    return format;
  }
  throw Error(ErrorCode::unsupported_media, "the file is neither a JPEG, a PNG nor a WebP image");
}

Layout parse(const FileSlice& image) {
  const auto format = sniff(image);
  ByteReader in(image);
  switch (format) {
    case Format::jpeg:
      return read_jpeg_layout(in);
    case Format::png:
      return read_png_layout(in);
    case Format::webp:
      return read_webp_layout(in);
  }
  throw Error(ErrorCode::internal, "an image format without a parser");
}

}  // namespace

Error too_much_metadata() {
  return Error(ErrorCode::unprocessable,
               "the image has too much metadata; save it without, and send it again");
}

Error animated() {
  return Error(ErrorCode::unprocessable, "the image is animated; send a single frame");
}

Error profile_too_large() {
  return Error(ErrorCode::unprocessable,
               "the image's color profile is too large; save the image with sRGB");
}

void check_size(const Header& header) {
  const std::uint64_t pixels = std::uint64_t{header.width} * header.height;
  if (pixels == 0) throw damaged("it has no pixels");
  if (header.width <= max_side && header.height <= max_side && pixels <= max_pixels) return;
  throw Error(ErrorCode::unprocessable,
              "the image is too large: " + std::to_string(header.width) + " x " +
                  std::to_string(header.height) + " pixels; at most " + std::to_string(max_side) +
                  " a side and " + std::to_string(max_pixels / 1'000'000) +
                  " million in all are allowed");
}

Layout read_layout(const FileSlice& image) {
  if (image.size == 0) throw Error(ErrorCode::unprocessable, "the image is empty");
  return parse(image);
}

Header read_header(const FileSlice& image) {
  return read_layout(image).header;
}

}  // namespace feedctl::images
