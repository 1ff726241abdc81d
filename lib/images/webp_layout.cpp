// WebP files (RFC 9649): the chunks of the RIFF container, with one VP8 or VP8L bitstream.
#include <algorithm>
#include <array>
#include <string_view>

#include "images/layout.hpp"

namespace feedctl::images {

namespace {

constexpr std::size_t riff_header_size = 12;
constexpr std::uint32_t animation_flag = 0x02;
constexpr std::uint32_t side_mask = 0x3fff;

class WebpParser {
 public:
  explicit WebpParser(ByteReader& in) : in_(in) { layout_.header.format = Format::webp; }

  Layout run() {
    in_.skip(4);
    const std::size_t riff_size = in_.little_endian(4);
    in_.skip(4);
    if (riff_size + 8 < riff_header_size) throw damaged("its container is too short");
    if (riff_size - 4 > in_.remaining()) throw truncated();
    end_ = riff_size + 8;
    while (in_.position() + 8 <= end_) read_chunk();
    if (!has_image_) throw damaged("it has no image data");
    if (has_canvas_ &&
        (canvas_.width != layout_.header.width || canvas_.height != layout_.header.height))
      throw damaged("its two sizes differ");
    return std::move(layout_);
  }

 private:
  bool is(std::string_view name) const {
    return std::equal(name.begin(), name.end(), type_.begin());
  }

  void read_chunk() {
    in_.read(type_);
    const std::size_t size = in_.little_endian(4);
    const auto start = in_.position();
    if (size > end_ - start) throw damaged("a chunk is too long");
    if (++chunk_count_ > max_metadata_count) throw too_much_metadata();
    on_chunk(size);
    if (in_.position() > start + size) throw damaged("a chunk is too short");
    const auto next = std::min(start + size + size % 2, end_);
    in_.skip(next - in_.position());
  }

  void on_chunk(std::size_t size) {
    if (is("ANIM") || is("ANMF")) throw animated();
    if (is("VP8X")) return read_canvas();
    if (is("VP8 ")) return read_lossy();
    if (is("VP8L")) return read_lossless();
    if (is("ALPH")) return;
    if (size > max_metadata_size) throw too_much_metadata();
    if (is("EXIF") && layout_.exif.size == 0) layout_.exif = {in_.position(), size};
    if (is("ICCP") && layout_.profile.empty()) layout_.profile.push_back({in_.position(), size});
  }

  void read_canvas() {
    if ((in_.little_endian(4) & animation_flag) != 0) throw animated();
    canvas_.width = in_.little_endian(3) + 1;
    canvas_.height = in_.little_endian(3) + 1;
    check_size(canvas_);
    has_canvas_ = true;
  }

  void begin_image() {
    if (has_image_) throw damaged("it has two images");
    has_image_ = true;
  }

  void read_lossy() {
    begin_image();
    const auto frame = in_.little_endian(3);
    if ((frame & 1) != 0 || in_.big_endian(3) != 0x9d012a) throw damaged("it has no key frame");
    layout_.header.width = in_.little_endian(2) & side_mask;
    layout_.header.height = in_.little_endian(2) & side_mask;
    check_size(layout_.header);
  }

  void read_lossless() {
    begin_image();
    if (in_.u8() != 0x2f) throw damaged("its bitstream has no signature");
    const auto bits = in_.little_endian(4);
    if (bits >> 29 != 0) throw damaged("its bitstream has an unknown version");
    layout_.header.width = (bits & side_mask) + 1;
    layout_.header.height = (bits >> 14 & side_mask) + 1;
    layout_.is_lossless = true;
    check_size(layout_.header);
  }

  ByteReader& in_;
  Layout layout_;
  Header canvas_;
  std::size_t end_ = 0;
  std::array<std::uint8_t, 4> type_{};
  int chunk_count_ = 0;
  bool has_canvas_ = false;
  bool has_image_ = false;
};

}  // namespace

Layout read_webp_layout(ByteReader& in) {
  return WebpParser(in).run();
}

}  // namespace feedctl::images
