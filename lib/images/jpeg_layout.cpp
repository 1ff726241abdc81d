// JPEG files, ISO/IEC 10918-1 annex B: markers up to the end of the image.
#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "images/layout.hpp"

namespace feedctl::images {

namespace {

// Each scan of a progressive image goes over all of its coefficients.
constexpr int max_scans = 500;
constexpr std::string_view exif_name{"Exif\0\0", 6};
constexpr std::string_view profile_name{"ICC_PROFILE\0", 12};

enum Marker : std::uint8_t {
  sof0 = 0xc0,
  dht = 0xc4,
  sof9 = 0xc9,
  jpg = 0xc8,
  dac = 0xcc,
  sof15 = 0xcf,
  rst0 = 0xd0,
  rst7 = 0xd7,
  soi = 0xd8,
  eoi = 0xd9,
  sos = 0xda,
  app0 = 0xe0,
  app1 = 0xe1,
  app2 = 0xe2,
  app15 = 0xef,
  com = 0xfe,
};

bool is_frame(std::uint8_t marker) {
  return marker >= sof0 && marker <= sof15 && marker != dht && marker != jpg && marker != dac;
}

class JpegParser {
 public:
  explicit JpegParser(ByteReader& in) : in_(in) { layout_.header.format = Format::jpeg; }

  Layout run() {
    in_.skip(2);
    for (auto marker = next_marker(); marker != eoi; marker = next_marker()) on_marker(marker);
    if (layout_.header.width == 0 || scans_ == 0) throw damaged("it has no image data");
    for (const auto& [sequence, piece] : profile_) layout_.profile.push_back(piece);
    return std::move(layout_);
  }

 private:
  // Passes by whatever stands before the marker, which is the data of a scan, or is ignored.
  std::uint8_t next_marker() {
    for (;;) {
      const auto bytes = in_.peek();
      if (bytes.empty()) throw truncated();
      const auto found = std::find(bytes.begin(), bytes.end(), 0xff);
      in_.skip(static_cast<std::size_t>(found - bytes.begin()));
      if (found == bytes.end()) continue;
      auto code = in_.u8();
      while (code == 0xff) code = in_.u8();
      const bool is_in_data = code == 0 || code == 1 || (code >= rst0 && code <= rst7);
      if (!is_in_data) return code;
    }
  }

  void on_marker(std::uint8_t marker) {
    if (marker == soi) throw damaged("an image begins within the image");
    const auto length = in_.big_endian(2);
    if (length < 2) throw damaged("a segment without its length");
    const auto end = in_.position() + length - 2;
    if (is_frame(marker)) read_frame(marker);
    if (marker == sos && ++scans_ > max_scans) throw damaged("it has too many scans");
    if ((marker >= app0 && marker <= app15) || marker == com) read_metadata(marker, length - 2);
    if (in_.position() > end) throw damaged("a segment is too short");
    in_.skip(end - in_.position());
  }

  void read_frame(std::uint8_t marker) {
    if (layout_.header.width != 0) throw damaged("it has two frames");
    const bool is_supported = marker <= sof0 + 2 || marker == sof9 || marker == sof9 + 1;
    const auto precision = in_.u8();
    layout_.header.height = in_.big_endian(2);
    layout_.header.width = in_.big_endian(2);
    const auto components = in_.u8();
    if (!is_supported || precision != 8 || (components != 1 && components != 3 && components != 4))
      throw Error(ErrorCode::unprocessable,
                  "the image is a kind of JPEG that is not supported; save it as a baseline JPEG");
    check_size(layout_.header);
  }

  void read_metadata(std::uint8_t marker, std::size_t size) {
    if (++metadata_count_ > max_metadata_count) throw too_much_metadata();
    if (marker == app1 && layout_.exif.size == 0 && begins_with(exif_name, size))
      layout_.exif = {in_.position(), size - exif_name.size()};
    if (marker == app2 && begins_with(profile_name, size) && size >= profile_name.size() + 2)
      add_profile(size - profile_name.size() - 2);
  }

  // Reads the name where the segment is long enough.
  bool begins_with(std::string_view name, std::size_t size) {
    if (size < name.size()) return false;
    std::array<std::uint8_t, 12> start{};
    in_.read({start.data(), name.size()});
    return std::equal(name.begin(), name.end(), start.begin(),
                      [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
  }

  void add_profile(std::size_t size) {
    const int sequence = in_.u8();
    in_.skip(1);  // how many there are
    profile_size_ += size;
    if (profile_size_ > max_profile_size) throw profile_too_large();
    profile_[sequence] = {in_.position(), size};
  }

  ByteReader& in_;
  Layout layout_;
  std::map<int, ByteRange> profile_;  // up to 256 pieces
  std::size_t profile_size_ = 0;
  int metadata_count_ = 0;
  int scans_ = 0;
};

}  // namespace

Layout read_jpeg_layout(ByteReader& in) {
  return JpegParser(in).run();
}

}  // namespace feedctl::images
