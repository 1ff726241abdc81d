#include "http/multipart_head.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "http/header_parameters.hpp"
#include "http/header_text.hpp"

namespace feedctl::http {

namespace {

Error malformed(const std::string& what) {
  return Error(ErrorCode::invalid_argument, "malformed multipart form: " + what);
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\t'; });
}

void check_once(bool& is_set, const char* name) {
  if (is_set) throw malformed(std::string("a part has two ") + name + " headers");
  is_set = true;
}

// base64 and quoted-printable are for mail.
void check_transfer_encoding(std::string_view value) {
  for (const std::string_view known : {"binary", "8bit", "7bit"}) {
    if (equals_ignore_case(value, known)) return;
  }
  throw malformed("Content-Transfer-Encoding must be binary: send the bytes as they are");
}

}  // namespace

void MultipartHead::add_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    throw malformed("a part has a malformed header line");
  const auto name = to_lower(line.substr(0, colon));
  const auto value = trimmed(line.substr(colon + 1));
  if (name == "content-disposition") {
    check_once(has_disposition_, "Content-Disposition");
    return set_disposition(value);  // its file name may have any bytes
  }
  if (has_control(value)) throw malformed("a part's header has a control character");
  if (name == "content-type") {
    check_once(has_content_type_, "Content-Type");
    set_content_type(value);
  } else if (name == "content-transfer-encoding") {
    check_once(has_transfer_encoding_, "Content-Transfer-Encoding");
    check_transfer_encoding(value);
  }
}

void MultipartHead::set_disposition(std::string_view value) {
  const auto parsed = parse_parameterized(value);
  const auto* name = parsed.parameter("name");
  if (parsed.value != "form-data" || name == nullptr || name->empty())
    throw malformed("a part must have Content-Disposition: form-data; name=\"..\"");
  if (!utf8_length(*name) || has_control(*name)) throw malformed("a part's name is no plain text");
  part_.name = *name;
  if (const auto* filename = parsed.parameter("filename")) part_.filename = *filename;
}

void MultipartHead::set_content_type(std::string_view value) {
  constexpr std::string_view nested = "multipart/";
  if (equals_ignore_case(value.substr(0, nested.size()), nested))
    throw malformed("a part is multipart itself: send each file as a part of its own");
  part_.content_type = value;
}

MultipartPart MultipartHead::take() && {
  if (!has_disposition_) throw malformed("a part has no Content-Disposition");
  return std::move(part_);
}

}  // namespace feedctl::http
