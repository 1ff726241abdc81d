// JPEG by libjpeg-turbo.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

// Each of these needs the headers above it.
// clang-format off
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include "images/codecs.hpp"

namespace feedctl::images {

namespace {

constexpr int max_quality = 88;
constexpr int min_quality = 70;

[[noreturn]] void on_error(j_common_ptr codec) {
  give_up(codec->err->msg_code == JERR_OUT_OF_MEMORY ? Failure::too_much_memory : Failure::damaged);
}

// The decoder warns and makes something up where data are missing or wrong. Bytes between segments
// and versions of JFIF are harmless.
void on_message(j_common_ptr codec, int level) {
  if (level >= 0) return;
  switch (codec->err->msg_code) {
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_ARITH_BAD_CODE:
      give_up(Failure::damaged);
    default:
      break;
  }
}

void ignore_text(j_common_ptr /*codec*/) {}

jpeg_error_mgr* error_handler() {
  static jpeg_error_mgr errors;
  jpeg_std_error(&errors);
  errors.error_exit = on_error;
  errors.emit_message = on_message;
  errors.output_message = ignore_text;
  return &errors;
}

// libjpeg scales the table of annex K.1, whose mean is 57.6, by the quality.
int estimate_quality(const jpeg_decompress_struct& in) {
  const auto* table = in.quant_tbl_ptrs[0];
  if (table == nullptr) return max_quality;
  double sum = 0;
  for (const auto value : table->quantval) sum += value;
  const double percent = sum / 64 / 57.625 * 100;
  const double quality = percent <= 100 ? (200 - percent) / 2 : 5000 / percent;
  return std::clamp(static_cast<int>(quality + 1), min_quality, max_quality);
}

bool has_full_chroma(const jpeg_decompress_struct& in) {
  return in.max_h_samp_factor == 1 && in.max_v_samp_factor == 1;
}

// The smallest of 1/8 to 8/8 that keeps the sizes that are asked for.
void choose_scale(jpeg_decompress_struct& in, const DecodeOptions& options) {
  in.scale_denom = 8;
  for (in.scale_num = 1; in.scale_num < 8; ++in.scale_num) {
    jpeg_calc_output_dimensions(&in);
    if (in.output_width >= options.min_width && in.output_height >= options.min_height) return;
  }
}

void read_rgb(jpeg_decompress_struct& in, Bitmap& to) {
  while (in.output_scanline < in.output_height) {
    JSAMPROW row = to.row(in.output_scanline);
    jpeg_read_scanlines(&in, &row, 1);
  }
}

void read_cmyk(jpeg_decompress_struct& in, const Bytes& profile, Bitmap& to) {
  const CmykConverter converter(profile, in.saw_Adobe_marker != 0);
  Bytes line(std::size_t{in.output_width} * 4);
  while (in.output_scanline < in.output_height) {
    const auto y = in.output_scanline;
    JSAMPROW row = line.data();
    jpeg_read_scanlines(&in, &row, 1);
    converter.convert(line.data(), to.row(y), in.output_width);
  }
}

}  // namespace

Decoded decode_jpeg(const Bytes& file, const Bytes& profile, const DecodeOptions& options) {
  jpeg_decompress_struct in;
  in.err = error_handler();
  jpeg_create_decompress(&in);
  jpeg_mem_src(&in, file.data(), file.size());
  jpeg_read_header(&in, TRUE);
  const bool is_cmyk = in.num_components == 4;
  in.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
  choose_scale(in, options);
  jpeg_start_decompress(&in);
  Decoded out{Bitmap(in.output_width, in.output_height, 3), estimate_quality(in),
              has_full_chroma(in)};
  if (is_cmyk)
    read_cmyk(in, profile, out.bitmap);
  else
    read_rgb(in, out.bitmap);
  jpeg_finish_decompress(&in);
  jpeg_destroy_decompress(&in);
  if (!is_cmyk) convert_to_srgb(out.bitmap, profile);
  return out;
}

void encode_jpeg(const Decoded& image, OutputFile& to) {
  jpeg_compress_struct out;
  out.err = error_handler();
  jpeg_create_compress(&out);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&out, &bytes, &size);
  out.image_width = image.bitmap.width;
  out.image_height = image.bitmap.height;
  out.input_components = 3;
  out.in_color_space = JCS_RGB;
  jpeg_set_defaults(&out);
  jpeg_set_quality(&out, image.jpeg_quality, TRUE);
  if (image.has_full_chroma) out.comp_info[0].h_samp_factor = out.comp_info[0].v_samp_factor = 1;
  jpeg_start_compress(&out, TRUE);
  while (out.next_scanline < out.image_height) {
    auto* row = const_cast<JSAMPROW>(image.bitmap.row(out.next_scanline));
    jpeg_write_scanlines(&out, &row, 1);
  }
  jpeg_finish_compress(&out);
  to.write(bytes, size);
  jpeg_destroy_compress(&out);
  std::free(bytes);
}

}  // namespace feedctl::images
