#include "images/image_processor.hpp"

namespace feedctl::images {

std::string_view content_type_of(Format format) {
  switch (format) {
    case Format::jpeg:
      return "image/jpeg";
    case Format::png:
      return "image/png";
    case Format::webp:
      return "image/webp";
  }
  return {};
}

std::string_view extension_of(Format format) {
  switch (format) {
    case Format::jpeg:
      return "jpg";
    case Format::png:
      return "png";
    case Format::webp:
      return "webp";
  }
  return {};
}

std::optional<Format> parse_content_type(std::string_view type) {
  for (const auto format : {Format::jpeg, Format::png, Format::webp}) {
    if (type == content_type_of(format)) return format;
  }
  return std::nullopt;
}

}  // namespace feedctl::images
