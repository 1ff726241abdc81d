// What ImageProcessor makes of images: upright, without metadata, in the formats that came in.
#include <unistd.h>

#include <algorithm>

#include "base/error.hpp"
#include "images/blurhash.hpp"
#include "images/image_builder.hpp"
#include "images/image_processor.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"

using namespace feedctl;
using namespace feedctl::images;
using namespace feedctl::test_images;

namespace {

constexpr Format formats[] = {Format::jpeg, Format::png, Format::webp};

Deadline in_time() {
  return Deadline::after(std::chrono::minutes{5});
}

// One for each use: the tests of the helper count the children of this process.
ImageProcessor processor() {
  return ImageProcessor({2, support::feedctl_binary()});
}

std::string sanitized(const std::string& bytes, std::uint32_t longest_side = max_side) {
  const MemoryFile file(bytes);
  const auto image = processor().sanitize(file.slice(), longest_side, in_time());
  return read_all(image.slice());
}

void check_unprocessable(const std::string& bytes, const std::string& text) {
  try {
    sanitized(bytes);
    FAIL_CHECK("the image is accepted");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::unprocessable);
    CHECK(error.what() == text);
  }
}

std::string repeat(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("each format comes out in itself, with its size and its colors") {
  for (const auto format : formats) {
    const auto bytes = sanitized(encode(quarters(64, 48), format));
    const auto image = decode(bytes, format);
    INFO(content_type_of(format));
    CHECK(image.width == 64);
    CHECK(image.height == 48);
    CHECK(describe(image) == "RGWB");
  }
}

TEST_CASE("alpha is kept where the format has it") {
  for (const auto format : {Format::png, Format::webp}) {
    const auto image = decode(sanitized(encode(quarters(64, 48, 4), format)), format);
    REQUIRE(image.channels == 4);
    CHECK(image.row(10)[10 * 4 + 3] == 255);
    CHECK(image.row(10)[50 * 4 + 3] == 128);
  }
}

TEST_CASE("every orientation comes out upright, without the metadata that say it") {
  // The quarters of the upright image are R G / W B; each orientation stores them differently.
  const char* const upright[] = {"RGWB", "GRBW", "BWGR", "WBRG", "RWGB", "WRBG", "BGWR", "GBRW"};
  for (const auto format : formats) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
      INFO(content_type_of(format) << " " << orientation);
      const auto bytes =
          sanitized(with_exif(encode(quarters(64, 32), format), format, exif(orientation)));
      const auto image = decode(bytes, format);
      CHECK(image.width == (orientation >= 5 ? 32 : 64));
      CHECK(image.height == (orientation >= 5 ? 64 : 32));
      CHECK(describe(image) == upright[orientation - 1]);
      CHECK(bytes.find("Exif") == std::string::npos);
      CHECK(bytes.find(exif(orientation)) == std::string::npos);
    }
  }
}

TEST_CASE("a position, texts and what follows the image are gone") {
  const std::string tail = "PK\3\4<script>alert(1)</script>";
  for (const auto format : formats) {
    auto original = with_exif(encode(quarters(64, 32), format), format, exif(1, true));
    if (format == Format::png) original.insert(33, png_chunk("tEXt", "Comment\1SECRETTEXT"));
    REQUIRE(original.find("GPSPOSITION") != std::string::npos);
    const auto bytes = sanitized(original + tail);
    for (const auto* secret : {"GPSPOSITION", "SECRETTEXT", "script", "PK\3\4", "Exif", "eXIf"})
      CHECK(bytes.find(secret) == std::string::npos);
  }
}

TEST_CASE("a PNG of every color type and depth is read") {
  struct Kind {
    int color_type, depth;
    std::string row;  // one white pixel
    std::string chunks;
  };
  const auto palette = png_chunk("PLTE", std::string("\xff\xff\xff", 3));
  const Kind kinds[] = {
      {0, 1, "\x80", ""},
      {0, 2, "\xc0", ""},
      {0, 4, "\xf0", ""},
      {0, 8, "\xff", ""},
      {0, 16, "\xff\xff", ""},
      {2, 8, repeat("\xff", 3), ""},
      {2, 16, repeat("\xff", 6), ""},
      {3, 1, std::string(1, '\0'), palette},
      {3, 8, std::string(1, '\0'), palette},
      {4, 8, repeat("\xff", 2), ""},
      {4, 16, repeat("\xff", 4), ""},
      {6, 8, repeat("\xff", 4), ""},
      {6, 16, repeat("\xff", 8), ""},
  };
  for (const auto& kind : kinds) {
    INFO("color type " << kind.color_type << ", depth " << kind.depth);
    const auto bytes =
        png({1, 1, kind.depth, kind.color_type}, std::string(1, '\0') + kind.row, kind.chunks);
    const auto image = decode(sanitized(bytes), Format::png);
    CHECK(image.channels == 3);
    CHECK(static_cast<int>(image.row(0)[0]) == 255);
    CHECK(static_cast<int>(image.row(0)[2]) == 255);
  }
}

TEST_CASE("a color profile that is no profile is ignored, one that inflates without end is not") {
  const auto row = std::string(4, '\0');
  const auto named = std::string("name\0\0", 6);
  CHECK_NOTHROW(sanitized(png({}, row, png_chunk("iCCP", named + zlib_stored("no profile")))));
  CHECK_NOTHROW(sanitized(png({}, row, png_chunk("iCCP", named + "not even compressed"))));
  check_unprocessable(png({}, row, png_chunk("iCCP", named + zlib_of_zeros(8 * 1024 * 1024))),
                      "the image's color profile is too large; save the image with sRGB");
}

TEST_CASE("pixels that are missing or damaged make an image unprocessable") {
  check_unprocessable(png({4, 4}, std::string(13, '\0')), "the image could not be decoded");
  auto jpeg = encode(quarters(256, 256), Format::jpeg);
  const auto scan = jpeg.find("\xff\xda");
  check_unprocessable(jpeg.substr(0, scan + 40) + "\xff\xd9", "the image could not be decoded");
}

TEST_CASE("an image is reduced to its longest side, and never enlarged") {
  for (const auto format : formats) {
    const auto wide = decode(sanitized(encode(quarters(640, 160), format), 100), format);
    CHECK(wide.width == 100);
    CHECK(wide.height == 25);
    CHECK(describe(wide) == "RGWB");
    const auto turned = decode(
        sanitized(with_exif(encode(quarters(640, 160), format), format, exif(6)), 100), format);
    CHECK(turned.width == 25);
    CHECK(turned.height == 100);
    CHECK(decode(sanitized(encode(quarters(50, 20), format), 100), format).width == 50);
  }
}

TEST_CASE("thumbnails are WebP of the widths that are smaller than the upright image") {
  const std::vector<std::uint32_t> widths{320, 640, 1280};
  for (const auto format : formats) {
    const MemoryFile file(with_exif(encode(quarters(400, 800), format), format, exif(8)));
    const auto made = processor().thumbnails(file.slice(), widths, in_time());
    REQUIRE(made.images.size() == 2);
    CHECK(made.images[0].width == 320);
    CHECK(made.images[0].height == 160);
    CHECK(made.images[1].width == 640);
    for (const auto& image : made.images) {
      CHECK(image.format == Format::webp);
      CHECK(describe(decode(read_all(image.slice()), Format::webp)) == "GBRW");
    }
    CHECK(made.blurhash.size() == 28);
  }
}

TEST_CASE(
    "a small image has no thumbnails, and a blurhash of as many components as it has pixels") {
  const MemoryFile file(encode(quarters(2, 1), Format::png));
  const std::vector<std::uint32_t> widths{320};
  const auto made = processor().thumbnails(file.slice(), widths, in_time());
  CHECK(made.images.empty());
  CHECK(made.blurhash.size() == 8);
}

TEST_CASE("without widths there is a blurhash alone") {
  const MemoryFile file(encode(quarters(64, 48), Format::jpeg));
  const auto made = processor().thumbnails(file.slice(), {}, in_time());
  CHECK(made.images.empty());
  CHECK(made.blurhash.size() == 28);
}

TEST_CASE("the blurhash of one color is that color without details") {
  Bitmap white(8, 8, 3);
  std::fill_n(white.pixels.get(), 8 * 8 * 3, std::uint8_t{255});
  const auto text = blurhash(white);
  CHECK(text.substr(2, 4) == "TSUA");  // 0xffffff in base 83
  CHECK(text[0] == 'L');               // 4 x 3
}

TEST_CASE("the outputs cannot be changed any more") {
  const MemoryFile file(encode(quarters(16, 16), Format::png));
  const auto image = processor().sanitize(file.slice(), max_side, in_time());
  CHECK(::pwrite(image.file.get(), "x", 1, 0) == -1);
}
