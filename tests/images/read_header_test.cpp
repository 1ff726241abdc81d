// What the header of an image says, and every kind of image that is refused before it is decoded.
#include "base/error.hpp"
#include "images/image_builder.hpp"
#include "images/image_processor.hpp"
#include "support/catch.hpp"
#include "support/resident_memory.hpp"

using namespace feedctl;
using namespace feedctl::images;
using namespace feedctl::test_images;

namespace {

constexpr Format formats[] = {Format::jpeg, Format::png, Format::webp};

// The kind of the refusal, and its text; nullopt where the image is accepted.
struct Refusal {
  ErrorCode code;
  std::string text;
};
std::optional<Refusal> refusal_of(const std::string& bytes) {
  try {
    const MemoryFile file(bytes);
    read_header(file.slice());
    return std::nullopt;
  } catch (const Error& error) {
    return Refusal{error.code(), error.what()};
  }
}

void check_refused(const std::string& bytes, ErrorCode code, const std::string& text) {
  const auto refusal = refusal_of(bytes);
  REQUIRE(refusal);
  CHECK(refusal->code == code);
  INFO(refusal->text);
  CHECK(refusal->text.find(text) != std::string::npos);
}

std::string jpeg_of_size(std::uint32_t width, std::uint32_t height) {
  auto bytes = encode(quarters(16, 16), Format::jpeg);
  const auto frame = bytes.find("\xff\xc0");
  bytes.replace(frame + 5, 4, big_endian(height, 2) + big_endian(width, 2));
  return bytes;
}

}  // namespace

TEST_CASE("the header of each format gives the size as stored") {
  for (const auto format : formats) {
    const MemoryFile file(with_exif(encode(quarters(48, 32), format), format, exif(6)));
    const auto header = read_header(file.slice());
    CHECK(header.format == format);
    CHECK(header.width == 48);
    CHECK(header.height == 32);
  }
  const MemoryFile lossless(encode(quarters(31, 7, 4), Format::webp, true));
  CHECK(read_header(lossless.slice()).width == 31);
  CHECK(read_header(lossless.slice()).height == 7);
}

TEST_CASE("an image may be a part of a file") {
  const auto bytes = encode(quarters(20, 10), Format::png);
  const MemoryFile file("before" + bytes + "after");
  const auto header = read_header({file.slice().fd, 6, bytes.size()});
  CHECK(header.width == 20);
}

TEST_CASE("content types and extensions belong to the formats") {
  for (const auto format : formats) {
    CHECK(parse_content_type(content_type_of(format)) == format);
    CHECK_FALSE(extension_of(format).empty());
  }
  CHECK_FALSE(parse_content_type("image/gif"));
  CHECK_FALSE(parse_content_type("image/svg+xml"));
}

TEST_CASE("files of other types are unsupported media") {
  for (const auto& bytes :
       std::vector<std::string>{"GIF89a", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "<html>",
                                "%PDF-1.7", "BM", "RIFF1234WAVE", "x"}) {
    INFO(bytes);
    check_refused(bytes, ErrorCode::unsupported_media, "neither");
  }
}

TEST_CASE("an empty file and an image that is cut off anywhere are unprocessable") {
  check_refused("", ErrorCode::unprocessable, "empty");
  for (const auto format : formats) {
    const auto whole = encode(quarters(200, 120), format);
    for (std::size_t part = 1; part < 64; ++part) {
      INFO(content_type_of(format) << " " << part);
      const auto refusal = refusal_of(whole.substr(0, whole.size() * part / 64));
      REQUIRE(refusal);
      CHECK(refusal->code == ErrorCode::unprocessable);
    }
    check_refused(whole.substr(0, 3), ErrorCode::unprocessable, "truncated");
  }
}

TEST_CASE("a file that is shorter than its slice is truncated") {
  const auto whole = encode(quarters(20, 10), Format::png);
  const MemoryFile file(whole.substr(0, whole.size() / 2));
  CHECK_THROWS_AS(read_header({file.slice().fd, 0, whole.size()}), Error);
}

TEST_CASE("a wrong checksum of a critical chunk is refused, of another one is not") {
  auto bytes = encode(quarters(32, 32), Format::png);
  bytes[bytes.find("IDAT") + 10] ^= 1;
  check_refused(bytes, ErrorCode::unprocessable, "checksum");
  auto text = png_chunk("tEXt", std::string("a\0b", 3));
  text.back() = static_cast<char>(text.back() ^ 1);
  CHECK_FALSE(refusal_of(png({}, std::string(4, '\0'), text)));
}

TEST_CASE("a bomb is refused by its header, in constant memory") {
  const auto before = support::resident_bytes();
  check_refused(jpeg_of_size(65500, 65500), ErrorCode::unprocessable, "too large");
  check_refused(png({65500, 65500}, std::string(100'000, '\0')), ErrorCode::unprocessable,
                "too large");
  check_refused(jpeg_of_size(8192, 8192), ErrorCode::unprocessable, "40 million");
  check_refused(jpeg_of_size(8193, 1), ErrorCode::unprocessable, "8192 a side");
  check_refused(jpeg_of_size(0, 10), ErrorCode::unprocessable, "no pixels");
  CHECK_FALSE(refusal_of(jpeg_of_size(8192, 4882)));
  CHECK(support::resident_bytes() - before < 32 * 1024 * 1024);
}

TEST_CASE("animations are refused") {
  const std::string webp_canvas =
      std::string("VP8X\x0a\0\0\0\x02\0\0\0", 12) + little_endian(9, 3) + little_endian(9, 3);
  check_refused("RIFF" + little_endian(4 + 18, 4) + "WEBP" + webp_canvas, ErrorCode::unprocessable,
                "animated");
  const auto control = png_chunk("acTL", big_endian(2, 4) + big_endian(0, 4));
  check_refused(png({}, std::string(4, '\0'), control), ErrorCode::unprocessable, "animated");
}

TEST_CASE("an image with too much metadata is refused") {
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += png_chunk("tEXt", std::string("a\0b", 3));
  check_refused(png({}, std::string(4, '\0'), many), ErrorCode::unprocessable, "metadata");
  const auto large = png_chunk("zTXt", std::string(5 * 1024 * 1024, 'a'));
  check_refused(png({}, std::string(4, '\0'), large), ErrorCode::unprocessable, "metadata");
  auto jpeg = encode(quarters(16, 16), Format::jpeg);
  std::string comments;
  for (int i = 0; i < 1001; ++i) comments += "\xff\xfe" + big_endian(3, 2) + "a";
  check_refused(jpeg.insert(2, comments), ErrorCode::unprocessable, "metadata");
}

TEST_CASE("a color profile that is too large is refused") {
  const auto piece = std::string("ICC_PROFILE\0\1\1", 14) + std::string(65'000, 'p');
  std::string pieces;
  for (int i = 0; i < 70; ++i)
    pieces += "\xff\xe2" + big_endian(static_cast<std::uint32_t>(piece.size() + 2), 2) + piece;
  auto jpeg = encode(quarters(16, 16), Format::jpeg);
  check_refused(jpeg.insert(2, pieces), ErrorCode::unprocessable, "color profile");
}

TEST_CASE("damaged structures are refused") {
  const auto row = std::string(4, '\0');
  auto jpeg = encode(quarters(16, 16), Format::jpeg);
  check_refused("\xff\xd8\xff\xd9", ErrorCode::unprocessable, "no image data");
  check_refused(jpeg.insert(2, std::string("\xff\xfe\0\1", 4)), ErrorCode::unprocessable, "length");
  check_refused(png({}, row, png_chunk("ABCD", "")), ErrorCode::unprocessable, "unknown chunk");
  check_refused(png({}, row, png_chunk("IHDR", std::string(13, '\1'))), ErrorCode::unprocessable,
                "first chunk");
  check_refused("RIFF" + little_endian(4, 4) + "WEBP", ErrorCode::unprocessable, "no image data");
  check_refused("RIFF" + little_endian(4 + 8, 4) + "WEBPVP8 " + little_endian(900, 4),
                ErrorCode::unprocessable, "too long");
}

TEST_CASE("what stands behind the end of an image is not looked at") {
  for (const auto format : formats)
    CHECK_FALSE(refusal_of(encode(quarters(32, 32), format) + "PK\3\4<script>alert(1)</script>"));
}
