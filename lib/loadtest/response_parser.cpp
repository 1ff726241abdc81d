#include "loadtest/response_parser.hpp"

#include <algorithm>
#include <charconv>

#include "http/header_text.hpp"
#include "http/serialize.hpp"

namespace feedctl::loadtest {
namespace {

using http::equals_ignore_case;
using http::trimmed;

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::size_t max_chunk_line = 1024;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The whole of `text`; false also for a value beyond 64 bits.
bool parse_number(std::string_view text, int base, std::size_t& value) {
  const auto* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value, base);
  return !text.empty() && text[0] != '-' && result.ec == std::errc{} && result.ptr == end;
}

// The beginning of a response.
bool may_be_http(std::string_view bytes) {
  constexpr std::string_view begin = "HTTP/1.";
  const auto size = std::min(bytes.size(), begin.size());
  return bytes.substr(0, size) == begin.substr(0, size);
}

bool has_item(std::string_view list, std::string_view item) {
  bool found = false;
  http::for_each_item(list,
                      [&](std::string_view each) { found |= equals_ignore_case(each, item); });
  return found;
}

}  // namespace

void ResponseParser::reset(bool is_head) {
  step_ = Step::head;
  position_ = searched_ = head_begin_ = head_end_ = 0;
  expects_no_body_ = is_head;
  decoded_.clear();
}

ParseState ResponseParser::parse(std::string_view bytes) {
  bytes_ = bytes;
  for (;;) {
    if (const auto state = run_step()) return *state;
  }
}

std::optional<ParseState> ResponseParser::run_step() {
  switch (step_) {
    case Step::head:
      return parse_head();
    case Step::sized:
      return parse_sized();
    case Step::chunk_size:
      return parse_chunk_size();
    case Step::chunk:
      return parse_chunk();
    case Step::trailer:
      return parse_trailer();
    case Step::until_close:
      return parse_until_close();
  }
  return ParseState::malformed;
}

ParseState ResponseParser::end_of_stream(std::string_view bytes) {
  if (step_ != Step::until_close) return ParseState::malformed;
  bytes_ = bytes;
  if (bytes.size() - position_ > max_body_) return ParseState::malformed;
  const auto body = bytes.substr(position_);
  position_ = bytes.size();
  return finish(body);
}

std::optional<ParseState> ResponseParser::parse_head() {
  const auto end = bytes_.find(head_end, std::max(position_, searched_));
  if (std::min(end, bytes_.size()) > max_head) return ParseState::malformed;
  if (end == std::string_view::npos) {
    searched_ = bytes_.size() - std::min<std::size_t>(bytes_.size(), head_end.size() - 1);
    return may_be_http(bytes_.substr(position_)) ? ParseState::needs_more : ParseState::malformed;
  }
  const auto head = bytes_.substr(position_, end + line_end.size() - position_);
  const auto line = head.substr(0, head.find(line_end));
  if (!parse_status_line(line)) return ParseState::malformed;
  head_begin_ = position_ + line.size() + line_end.size();
  head_end_ = end + line_end.size();
  position_ = end + head_end.size();
  if (!parse_fields(bytes_.substr(head_begin_, head_end_ - head_begin_)))
    return ParseState::malformed;
  const bool is_interim = status_ < 200 && status_ != 101;
  return is_interim ? std::nullopt : begin_body();
}

// "HTTP/1.1 200 OK"; the reason may lack, with its space.
bool ResponseParser::parse_status_line(std::string_view line) {
  if (line.size() < 12 || line.substr(0, 7) != "HTTP/1." || !is_digit(line[7])) return false;
  if (line[8] != ' ' || !is_digit(line[9]) || !is_digit(line[10]) || !is_digit(line[11]))
    return false;
  if (line.size() > 12 && line[12] != ' ') return false;
  status_ = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  is_http10_ = line[7] == '0';
  return status_ >= 100;
}

bool ResponseParser::parse_fields(std::string_view fields) {
  is_keep_alive_ = !is_http10_;
  has_length_ = is_chunked_ = false;
  length_ = 0;
  while (!fields.empty()) {
    const auto end = fields.find(line_end);
    if (!parse_field(fields.substr(0, end))) return false;
    fields.remove_prefix(end + line_end.size());
  }
  return true;
}

bool ResponseParser::parse_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  if (line[0] == ' ' || line[0] == '\t' || line[colon - 1] == ' ') return false;
  const auto name = line.substr(0, colon);
  const auto value = [&] { return trimmed(line.substr(colon + 1)); };
  if (colon == 14 && equals_ignore_case(name, "content-length")) return parse_length(value());
  if (colon == 10 && equals_ignore_case(name, "connection")) {
    if (has_item(value(), "close")) is_keep_alive_ = false;
    if (is_http10_ && has_item(value(), "keep-alive")) is_keep_alive_ = true;
  }
  if (colon == 17 && equals_ignore_case(name, "transfer-encoding"))
    return is_chunked_ = equals_ignore_case(value(), "chunked");
  return true;
}

bool ResponseParser::parse_length(std::string_view value) {
  std::size_t length = 0;
  if (!parse_number(value, 10, length) || (has_length_ && length != length_)) return false;
  length_ = length;
  return has_length_ = true;
}

std::optional<ParseState> ResponseParser::begin_body() {
  if (expects_no_body_ || status_ == 101 || http::has_no_body(status_)) return finish({});
  // RFC 9112, 6.3: a message with both may be an attempt to smuggle.
  if (is_chunked_ && has_length_) return ParseState::malformed;
  if (length_ > max_body_) return ParseState::malformed;
  searched_ = position_;
  step_ = is_chunked_ ? Step::chunk_size : has_length_ ? Step::sized : Step::until_close;
  return std::nullopt;
}

ParseState ResponseParser::parse_sized() {
  if (bytes_.size() - position_ < length_) return ParseState::needs_more;
  const auto body = bytes_.substr(position_, length_);
  position_ += length_;
  return finish(body);
}

ParseState ResponseParser::parse_until_close() const {
  return bytes_.size() - position_ > max_body_ ? ParseState::malformed : ParseState::needs_more;
}

ResponseParser::LineState ResponseParser::take_line(std::size_t max_length,
                                                    std::string_view& line) {
  const auto end = bytes_.find(line_end, std::max(position_, searched_));
  if (std::min(end, bytes_.size()) - position_ > max_length) return LineState::too_long;
  if (end == std::string_view::npos) {
    searched_ = std::max(position_, bytes_.empty() ? 0 : bytes_.size() - 1);
    return LineState::partial;
  }
  line = bytes_.substr(position_, end - position_);
  position_ = searched_ = end + line_end.size();
  return LineState::complete;
}

std::optional<ParseState> ResponseParser::parse_chunk_size() {
  std::string_view line;
  const auto state = take_line(max_chunk_line, line);
  if (state == LineState::partial) return ParseState::needs_more;
  const auto size = trimmed(line.substr(0, line.find(';')));
  if (state == LineState::too_long || !parse_number(size, 16, length_))
    return ParseState::malformed;
  // The second limit is for chunks that are smaller than the line before them.
  if (length_ > max_body_ - decoded_.size() || position_ - head_end_ > 2 * max_body_ + max_head)
    return ParseState::malformed;
  step_ = length_ == 0 ? Step::trailer : Step::chunk;
  trailer_begin_ = position_;
  return std::nullopt;
}

std::optional<ParseState> ResponseParser::parse_chunk() {
  const auto available = std::min(bytes_.size() - position_, length_);
  decoded_.append(bytes_, position_, available);
  position_ += available;
  length_ -= available;
  if (length_ > 0 || bytes_.size() - position_ < line_end.size()) return ParseState::needs_more;
  if (bytes_.substr(position_, line_end.size()) != line_end) return ParseState::malformed;
  position_ += line_end.size();
  step_ = Step::chunk_size;
  return std::nullopt;
}

std::optional<ParseState> ResponseParser::parse_trailer() {
  if (position_ - trailer_begin_ > max_head) return ParseState::malformed;
  std::string_view line;
  const auto state = take_line(max_head, line);
  if (state == LineState::partial) return ParseState::needs_more;
  if (state == LineState::too_long) return ParseState::malformed;
  if (line.empty()) return finish(decoded_);
  return std::nullopt;
}

ParseState ResponseParser::finish(std::string_view body) {
  headers_ = bytes_.substr(head_begin_, head_end_ - head_begin_);
  body_ = body;
  return ParseState::complete;
}

}  // namespace feedctl::loadtest
