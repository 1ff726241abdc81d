#include "http/multipart.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"
#include "http/body_file.hpp"
#include "http/content_negotiation.hpp"
#include "http/header_parameters.hpp"
#include "http/multipart_reader.hpp"

namespace feedctl::http {

namespace {

constexpr std::string_view form_type = "multipart/form-data";
constexpr std::size_t max_boundary = 70;
constexpr std::size_t max_logged_name = 200;

Error invalid(const std::string& message) {
  return Error(ErrorCode::invalid_argument, message);
}

Error invalid_part(std::string_view name, const std::string& what) {
  const auto message = std::string(name) + " " + what;
  return invalid(message).with_field("/" + std::string(name), message);
}

// A bchar of RFC 2046, 5.1.1.
bool is_boundary_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c != '\0' && std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos);
}

const std::string& single_content_type(const Request& request) {
  const std::string* found = nullptr;
  for (const auto& [name, value] : request.headers) {
    if (name != "content-type") continue;
    if (found != nullptr) throw invalid("Content-Type must be given once");
    found = &value;
  }
  if (found == nullptr || !is_multipart(request))
    throw Error(ErrorCode::unsupported_media,
                "Content-Type must be multipart/form-data, as curl -F and browsers' forms send it");
  return *found;
}

std::string boundary_of(const Request& request) {
  const auto type = parse_parameterized(single_content_type(request));
  const auto* boundary = type.parameter("boundary");
  if (boundary == nullptr) throw invalid("Content-Type: multipart/form-data needs a boundary");
  if (boundary->empty() || boundary->size() > max_boundary || boundary->back() == ' ' ||
      !std::all_of(boundary->begin(), boundary->end(), is_boundary_char))
    throw invalid("the boundary in Content-Type must be 1 to 70 characters that RFC 2046 allows");
  return *boundary;
}

// The log escapes the client's text.
void log_filename(const Request& request, const MultipartPart& part) {
  if (part.filename.empty()) return;
  log::debug("a form has a file", {{"request_id", request.request_id},
                                   {"part", part.name},
                                   {"filename", part.filename.substr(0, max_logged_name)},
                                   {"bytes", part.content.size}});
}

std::string read_slice(const FileSlice& slice) {
  std::string content(slice.size, '\0');
  content.resize(read_at(slice.fd, slice.offset, content.data(), content.size()));
  return content;
}

}  // namespace

bool is_multipart(const Request& request) {
  const auto* type = request.header("content-type");
  return type != nullptr && equals_ignore_case(media_type(*type), form_type);
}

MultipartForm MultipartForm::parse(const Request& request, const MultipartLimits& limits) {
  const auto boundary = boundary_of(request);
  MultipartForm form;
  form.limits_ = limits;
  form.body_ = open_body(request);
  form.parts_ = MultipartReader(form.body_.get(), boundary, limits).read();
  for (const auto& part : form.parts_) log_filename(request, part);
  return form;
}

const MultipartPart* MultipartForm::find(std::string_view name) const {
  const MultipartPart* found = nullptr;
  for (const auto& part : parts_) {
    if (part.name != name) continue;
    if (found != nullptr) throw invalid_part(name, "must be given once");
    found = &part;
  }
  return found;
}

const MultipartPart* MultipartForm::file(std::string_view name) const {
  const auto* part = find(name);
  if (part == nullptr || part->content.size <= limits_.max_file) return part;
  throw Error(ErrorCode::too_large, std::string(name) + " cannot have more than " +
                                        std::to_string(limits_.max_file) + " bytes");
}

std::optional<std::string> MultipartForm::text(std::string_view name) const {
  const auto* part = find(name);
  if (part == nullptr) return std::nullopt;
  if (part->content.size > limits_.max_text)
    throw invalid_part(name,
                       "cannot have more than " + std::to_string(limits_.max_text) + " bytes");
  auto text = read_slice(part->content);
  if (!utf8_length(text)) throw invalid_part(name, "must be UTF-8");
  if (text.find('\0') != std::string::npos) throw invalid_part(name, "cannot have U+0000");
  return text;
}

}  // namespace feedctl::http
