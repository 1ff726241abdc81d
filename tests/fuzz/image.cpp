// Headers of images: whatever the bytes are, the answer is a size within the limits or a refusal
// that is the image's fault.

#include "base/error.hpp"
#include "base/memory_file.hpp"
#include "fuzz/fuzz.hpp"
#include "images/exif.hpp"
#include "images/image_processor.hpp"

namespace feedctl::fuzz {
namespace {

void check_header(const FileSlice& file) {
  try {
    const auto header = images::read_header(file);
    require(header.width > 0 && header.width <= images::max_side, "the width");
    require(header.height > 0 && header.height <= images::max_side, "the height");
    require(std::uint64_t{header.width} * header.height <= images::max_pixels, "the area");
  } catch (const Error& error) {
    require(
        error.code() == ErrorCode::unprocessable || error.code() == ErrorCode::unsupported_media,
        "a refusal of another kind");
  }
}

}  // namespace

void image(std::string_view bytes) {
  const auto file = make_memory_file("fuzz", bytes);
  require(file.is_open(), "the file could not be written");
  check_header({file.get(), 0, bytes.size()});
  check_header({file.get(), 0, bytes.size() + 7});  // shorter than its slice
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const int orientation = images::read_orientation({data, bytes.size()});
  require(orientation >= 1 && orientation <= 8, "the orientation");
}

}  // namespace feedctl::fuzz
