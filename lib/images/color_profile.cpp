#include "images/color_profile.hpp"

#include <lcms2.h>

#include <vector>

namespace feedctl::images {

namespace {

// From pixels of `color_space` in the profile; nullptr where the profile is not for those. Lives as
// long as the process.
cmsHTRANSFORM make_transform(std::span<const std::uint8_t> profile, cmsColorSpaceSignature space,
                             cmsUInt32Number from, cmsUInt32Number to) {
  if (profile.empty()) return nullptr;
  const auto source =
      cmsOpenProfileFromMem(profile.data(), static_cast<cmsUInt32Number>(profile.size()));
  if (source == nullptr || cmsGetColorSpace(source) != space) return nullptr;
  const auto target = cmsCreate_sRGBProfile();
  const auto flags = T_EXTRA(from) != 0 ? cmsFLAGS_COPY_ALPHA : 0;
  return cmsCreateTransform(source, from, target, to, INTENT_PERCEPTUAL,
                            static_cast<cmsUInt32Number>(flags));
}

bool convert_rgb(Bitmap& image, std::span<const std::uint8_t> profile) {
  const auto type = image.has_alpha() ? TYPE_RGBA_8 : TYPE_RGB_8;
  const auto transform = make_transform(profile, cmsSigRgbData, type, type);
  if (transform == nullptr) return false;
  for (std::uint32_t y = 0; y < image.height; ++y)
    cmsDoTransform(transform, image.row(y), image.row(y), image.width);
  return true;
}

// The decoders have made R, G and B of one value.
void convert_gray(Bitmap& image, std::span<const std::uint8_t> profile) {
  const auto transform = make_transform(profile, cmsSigGrayData, TYPE_GRAY_8, TYPE_RGB_8);
  if (transform == nullptr || !is_gray(image)) return;
  std::uint8_t table[256][3];
  std::uint8_t values[256];
  for (int i = 0; i < 256; ++i) values[i] = static_cast<std::uint8_t>(i);
  cmsDoTransform(transform, values, table, 256);
  const auto count = std::size_t{image.width} * image.height;
  auto* pixel = image.pixels.get();
  for (std::size_t i = 0; i < count; ++i, pixel += image.channels) {
    const auto* color = table[pixel[0]];
    for (int c = 0; c < 3; ++c) pixel[c] = color[c];
  }
}

}  // namespace

void prepare_color_profiles() {
  cmsCloseProfile(cmsCreate_sRGBProfile());
}

CmykConverter::CmykConverter(std::span<const std::uint8_t> profile, bool is_inverted)
    : transform_(make_transform(profile, cmsSigCmykData,
                                is_inverted ? TYPE_CMYK_8_REV : TYPE_CMYK_8, TYPE_RGB_8)),
      is_inverted_(is_inverted) {}

CmykConverter::~CmykConverter() {
  if (transform_ != nullptr) cmsDeleteTransform(transform_);
}

void CmykConverter::convert(const std::uint8_t* cmyk, std::uint8_t* rgb,
                            std::uint32_t count) const {
  if (transform_ != nullptr) {
    cmsDoTransform(transform_, cmyk, rgb, count);
    return;
  }
  for (std::uint32_t i = 0; i < count; ++i, cmyk += 4, rgb += 3) {
    const int black = is_inverted_ ? cmyk[3] : 255 - cmyk[3];
    for (int c = 0; c < 3; ++c) {
      const int light = is_inverted_ ? cmyk[c] : 255 - cmyk[c];
      rgb[c] = static_cast<std::uint8_t>(light * black / 255);
    }
  }
}

void convert_to_srgb(Bitmap& image, std::span<const std::uint8_t> profile) {
  if (!convert_rgb(image, profile)) convert_gray(image, profile);
}

}  // namespace feedctl::images
