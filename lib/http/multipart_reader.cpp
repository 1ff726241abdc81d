#include "http/multipart_reader.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "http/multipart_head.hpp"

namespace feedctl::http {

namespace {

constexpr std::size_t max_padding = 64;  // white space after a boundary

Error malformed(const std::string& what) {
  return Error(ErrorCode::invalid_argument, "malformed multipart form: " + what);
}

Error incomplete() {
  return malformed("the closing boundary is missing, so the form may be cut off");
}

}  // namespace

MultipartReader::MultipartReader(int fd, const std::string& boundary, const MultipartLimits& limits)
    : fd_(fd), limits_(limits), delimiter_("\r\n--" + boundary), cursor_(fd) {}

std::vector<MultipartPart> MultipartReader::read() {
  std::vector<MultipartPart> parts;
  move_past_first_boundary();
  const bool has_preamble = cursor_.position() >= delimiter_.size();
  while (begins_part()) {
    if (parts.size() == limits_.max_parts)
      throw malformed("it cannot have more than " + std::to_string(limits_.max_parts) + " parts");
    parts.push_back(read_part());
  }
  if (parts.empty() && has_preamble) throw malformed("only its closing line is the boundary");
  check_epilogue();
  return parts;
}

void MultipartReader::move_past_first_boundary() {
  const auto without_line_end = std::string_view(delimiter_).substr(2);
  if (cursor_.peek(without_line_end.size()) == without_line_end)
    return cursor_.skip(without_line_end.size());
  if (!cursor_.find(delimiter_))
    throw malformed("no line is the boundary that Content-Type names; lines end with CRLF");
  if (cursor_.position() > limits_.max_outside)
    throw malformed("too much text before the first boundary");
  cursor_.skip(delimiter_.size());
}

bool MultipartReader::begins_part() {
  const bool is_last = cursor_.peek(2) == "--";
  if (is_last) cursor_.skip(2);
  skip_padding();
  const auto line_end = cursor_.peek(2);
  if (line_end == "\r\n") {
    cursor_.skip(2);
    return !is_last;
  }
  if (is_last && line_end.empty()) return false;
  if (line_end.size() < 2 && !is_last) throw incomplete();
  throw malformed("a boundary has text behind it");
}

void MultipartReader::skip_padding() {
  const auto view = cursor_.peek(max_padding + 1);
  const auto size = std::min(view.find_first_not_of(" \t"), view.size());
  if (size > max_padding) throw malformed("a boundary has text behind it");
  cursor_.skip(size);
}

// A part without content may end with its headers. So the empty line after these may belong to the
// boundary.
MultipartPart MultipartReader::read_part() {
  auto part = read_head();
  const auto start = cursor_.position() + 2;
  if (!cursor_.find(delimiter_)) throw incomplete();
  const auto end = cursor_.position();
  cursor_.skip(delimiter_.size());
  part.content = {.fd = fd_, .offset = start, .size = end < start ? 0 : end - start};
  return part;
}

// Stops at the empty line.
MultipartPart MultipartReader::read_head() {
  MultipartHead head;
  std::size_t lines = 0, bytes = 0;
  for (;;) {
    const auto line = peek_line(limits_.max_header_bytes - bytes);
    if (line.empty()) return std::move(head).take();
    if (line.starts_with(std::string_view(delimiter_).substr(2)))
      throw malformed("a part ends within its headers");
    bytes += line.size();
    if (++lines > limits_.max_header_lines) throw malformed("a part has too many header lines");
    head.add_line(line);
    cursor_.skip(line.size() + 2);
  }
}

// The next line, without its end.
std::string_view MultipartReader::peek_line(std::size_t max_size) {
  const auto view = cursor_.peek(max_size + 2);
  const auto end = view.find("\r\n");
  if (view.substr(0, end).find('\n') != std::string_view::npos)
    throw malformed("lines must end with CRLF");
  if (end != std::string_view::npos) {
    if (view.substr(0, end).find('\r') == std::string_view::npos) return view.substr(0, end);
    throw malformed("lines must end with CRLF");
  }
  if (view.size() < max_size + 2) throw incomplete();
  throw malformed("the headers of a part are too long");
}

void MultipartReader::check_epilogue() {
  if (cursor_.peek(limits_.max_outside + 1).size() > limits_.max_outside)
    throw malformed("too much text after the closing boundary");
}

}  // namespace feedctl::http
