#pragma once
// A parser of multipart/form-data (RFC 7578, RFC 2046), as browsers and curl send uploads. It reads
// the body once, with constant memory. The content of the parts stays where it is: in the
// temporary file of the body, or in a memfd where the body was in memory. One thread at a time.
//
// It is strict, so that no two readers see different parts: lines end with CRLF, every part has its
// name, and a line that begins with the boundary is a boundary.
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_slice.hpp"
#include "base/unique_fd.hpp"
#include "http/message.hpp"

namespace feedctl::http {

struct MultipartLimits {
  std::size_t max_parts = 16;
  std::size_t max_header_lines = 16;        // of a part
  std::size_t max_header_bytes = 8 * 1024;  // of a part
  std::size_t max_text = 64 * 1024;         // of a text field, in bytes
  std::size_t max_outside = 4 * 1024;       // before the first boundary, and after the last
  std::size_t max_file = std::numeric_limits<std::size_t>::max();
};

struct MultipartPart {
  std::string name;
  std::string filename;      // as sent, any bytes: for the log only. "" where it has none
  std::string content_type;  // as sent; "" where it has none
  FileSlice content;         // as long as the form lives
};

// Whether Content-Type is multipart/form-data.
bool is_multipart(const Request& request);

class MultipartForm {
 public:
  // Error(unsupported_media) for another Content-Type. Error(invalid_argument) for a malformed body
  // and beyond the limits. Error(unavailable) where the body cannot be read.
  static MultipartForm parse(const Request& request, const MultipartLimits& limits = {});

  // The part of that name, or nullptr. Error(invalid_argument) where there are several, and
  // Error(too_large) above max_file.
  const MultipartPart* file(std::string_view name) const;
  // The content of the part of that name. Error(invalid_argument) where there are several, and
  // where it is longer than max_text, not UTF-8 or has U+0000.
  std::optional<std::string> text(std::string_view name) const;
  // All parts in their order.
  const std::vector<MultipartPart>& parts() const { return parts_; }

 private:
  const MultipartPart* find(std::string_view name) const;

  MultipartLimits limits_;
  UniqueFd body_;
  std::vector<MultipartPart> parts_;
};

}  // namespace feedctl::http
