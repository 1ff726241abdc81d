#include "http/framer.hpp"

#include <algorithm>
#include <new>

#include "base/error.hpp"
#include "base/log.hpp"
#include "http/once_a_second.hpp"
#include "http/target.hpp"
#include "http/text.hpp"

namespace feedctl::http {

namespace {

constexpr std::size_t max_chunk_line = 256;
constexpr int max_blank_lines = 4;
constexpr std::size_t usual_fields = 12;

[[noreturn]] void refuse(int status, std::string message) {
  throw Refusal{status, std::move(message), true};
}

bool is_field_value(std::string_view value) {
  return std::none_of(value.begin(), value.end(),
                      [](char c) { return is_control(c) && c != '\t'; });
}

bool is_target(std::string_view text) {
  return !text.empty() &&
         std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) || c == ' '; });
}

// True for HTTP/1.0.
bool is_http10(std::string_view version) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() != 8 || version.substr(0, 5) != "HTTP/" || !digit(version[5]) ||
      version[6] != '.' || !digit(version[7])) {
    refuse(400, "malformed request line");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") refuse(505, "only HTTP/1.1 is served");
  return version[7] == '0';
}

bool is_health_path(std::string_view path) {
  constexpr std::string_view folder = "/health/";
  return path.substr(0, folder.size()) == folder || path == folder.substr(0, folder.size() - 1) ||
         path == "/livez" || path == "/readyz";
}

}  // namespace

Framer::Framer(const Limits& limits, const HostRules& hosts, BodyFiles* files)
    : limits_(limits), most_body_(limits.body), hosts_(hosts), files_(files) {}

std::size_t Framer::feed(std::string_view data) {
  std::size_t used = 0;
  try {
    while (used < data.size() && !finished()) used += step(data.substr(used));
  } catch (const Refusal& refusal) {
    refusal_ = refusal;
    state_ = State::refused;
  } catch (const Error& error) {
    cannot_store(error);
  } catch (const std::bad_alloc&) {
    cannot_store(Error(ErrorCode::unavailable, "too busy, try again").with_detail("out of memory"));
  }
  return used;
}

// Said in the log, too: that a disk is full or a folder missing is for the operator.
void Framer::cannot_store(const Error& error) {
  static OnceASecond warnings;
  refusal_ = Refusal{503, error.what(), true};
  state_ = State::refused;
  if (const auto suppressed = warnings.turn()) {
    log::warning("a request body could not be taken", {{"error", error.what()},
                                                       {"detail", error.detail()},
                                                       {"hint", error.hint()},
                                                       {"suppressed", *suppressed}});
  }
}

std::size_t Framer::step(std::string_view data) {
  started_ = true;
  if (state_ != State::sized_body && state_ != State::chunk_data) return take_line(data);
  const auto part = data.substr(0, body_left_);
  store(part);
  body_left_ -= part.size();
  if (body_left_ == 0) {
    state_ = state_ == State::sized_body ? State::complete : State::chunk_end;
  }
  return part.size();
}

std::size_t Framer::take_line(std::string_view data) {
  const auto newline = data.find('\n');
  const auto part = data.substr(0, newline == std::string_view::npos ? newline : newline + 1);
  // Before anything else, however much of it is here: a TLS hello has no newline.
  if (state_ == State::request_line && line_.empty() && part[0] != '\r' &&
      !is_token_char(part[0])) {
    refuse(400, "malformed request line");
  }
  if (line_.size() + part.size() > line_limit() + 2) throw line_too_long();
  if (newline == std::string_view::npos) {
    line_ += part;
    return part.size();
  }
  auto line = part;
  if (!line_.empty()) line = line_ += part;
  if (line.size() < 2 || line[line.size() - 2] != '\r') refuse(400, "lines must end with CRLF");
  on_line(line.substr(0, line.size() - 2));
  line_.clear();
  return part.size();
}

void Framer::on_line(std::string_view line) {
  switch (state_) {
    case State::request_line:
      return on_request_line(line);
    case State::fields:
      return line.empty() ? on_head() : on_field(line);
    case State::chunk_size:
      return on_chunk_size(line);
    case State::chunk_end:
      if (!line.empty()) refuse(400, "malformed chunk");
      state_ = State::chunk_size;
      return;
    case State::trailers:
      return on_trailer(line);
    default:
      return;
  }
}

void Framer::on_request_line(std::string_view line) {
  if (line.empty()) {  // some clients send one after a body
    if (++blank_lines_ > max_blank_lines) refuse(400, "malformed request line");
    started_ = false;
    return;
  }
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) refuse(400, "malformed request line");
  const auto name = line.substr(0, first);
  const auto target = line.substr(first + 1, second - first - 1);
  if (!is_token(name) || !is_target(target)) refuse(400, "malformed request line");
  framed_.http10 = is_http10(line.substr(second + 1));
  state_ = State::fields;
  framed_.request.headers.reserve(usual_fields);
  framed_.request.target = target;
  const auto method = method_of(name);
  if (!method) {
    const bool known = name == "TRACE" || name == "CONNECT";
    soft(known ? 405 : 501, known ? "Method not allowed" : "method is not implemented");
  }
  framed_.request.method = method.value_or(Method::get);
  try {
    auto parsed = parse_target(target, limits_.query_params);
    if (parsed.path == "*" && method != Method::options)
      soft(400, "request target must begin with '/'");
    authority_ = parsed.authority;
    framed_.request.path = std::move(parsed.path);
    framed_.request.query = std::move(parsed.query);
  } catch (const Refusal& refusal) {
    soft(refusal.status, refusal.message);
  }
}

void Framer::count_field(std::string_view line) {
  field_bytes_ += line.size() + 2;
  if (++field_count_ > limits_.header_count) refuse(431, "too many header fields");
  if (field_bytes_ > limits_.header_bytes) refuse(431, "header fields are too large");
}

void Framer::on_field(std::string_view line) {
  count_field(line);
  if (line.front() == ' ' || line.front() == '\t')
    refuse(400, "folded header lines are not accepted");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    refuse(400, "malformed header field");
  }
  const auto value = trimmed(line.substr(colon + 1));
  if (!is_field_value(value)) refuse(400, "control character in a header field");
  framed_.request.headers.emplace_back(lower(line.substr(0, colon)), value);
}

// Trailers are read to know where the request ends, checked like fields and dropped.
void Framer::on_trailer(std::string_view line) {
  if (line.empty()) {
    state_ = State::complete;
    return;
  }
  count_field(line);
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) ||
      !is_field_value(line.substr(colon + 1))) {
    refuse(400, "malformed trailer field");
  }
}

void Framer::on_chunk_size(std::string_view line) {
  const auto digits = line.substr(0, line.find_first_of("; \t"));
  if (digits.empty() || digits.size() > 16 || !is_field_value(line))
    refuse(400, "malformed chunk size");
  std::size_t size = 0;
  for (const char c : digits) {
    if (hex_value(c) < 0) refuse(400, "malformed chunk size");
    size = size << 4 | static_cast<std::size_t>(hex_value(c));
  }
  const auto rest = trimmed(line.substr(digits.size()));
  if (!rest.empty() && rest.front() != ';') refuse(400, "malformed chunk size");
  if (size > most_body_ - body_bytes_) refuse(413, "request body is too large");
  body_left_ = size;
  state_ = size == 0 ? State::trailers : State::chunk_data;
}

void Framer::on_head() {
  check_host();
  const bool body = read_framing();
  read_connection();
  if (const auto* coding = framed_.request.header("content-encoding");
      coding != nullptr && !same_word(*coding, "identity")) {
    soft(415, "Content-Encoding is not accepted on requests");
  }
  const bool waits = expects_continue() && body && !framed_.http10;
  if (refusal_ && waits) refuse(refusal_->status, refusal_->message);
  continue_due_ = waits;
  const auto method = framed_.request.method;
  discard_body_ = refusal_ || method == Method::get || method == Method::head;
  framed_.request.has_body = body && !discard_body_;
  if (!body) state_ = State::complete;
}

void Framer::check_host() {
  const std::string* host = nullptr;
  for (const auto& [name, value] : framed_.request.headers) {
    if (name != "host") continue;
    if (host != nullptr) refuse(400, "more than one Host");
    host = &value;
  }
  if (host == nullptr && !framed_.http10) refuse(400, "Host is missing");
  if (host != nullptr && !HostRules::well_formed(*host)) refuse(400, "malformed Host");
  if (!authority_.empty() && !HostRules::well_formed(authority_)) refuse(400, "malformed Host");
  const std::string_view named = !authority_.empty() ? std::string_view(authority_)
                                 : host != nullptr   ? std::string_view(*host)
                                                     : std::string_view();
  // Balancers ask for health by address, or without a Host.
  if (!hosts_.allows(named) && !is_health_path(framed_.request.path))
    soft(421, "this host is not served here");
}

void Framer::read_connection() {
  framed_.keep_alive = !framed_.http10;
  bool close = false;
  for (const auto& [name, value] : framed_.request.headers) {
    if (name != "connection") continue;
    for_each_item(value, [&](std::string_view option) {
      if (same_word(option, "close")) close = true;
      if (same_word(option, "keep-alive")) framed_.keep_alive = true;
    });
  }
  if (close) framed_.keep_alive = false;
}

bool Framer::expects_continue() {
  bool waits = false;
  for (const auto& [name, value] : framed_.request.headers) {
    if (name != "expect") continue;
    if (same_word(value, "100-continue"))
      waits = true;
    else if (state_ == State::fields)
      soft(417, "only Expect: 100-continue is understood");
    else
      refuse(417, "only Expect: 100-continue is understood");  // its body may never come
  }
  return waits;
}

bool Framer::take_continue() {
  const bool due = continue_due_ && in_body() && body_bytes_ == 0;
  continue_due_ = false;
  return due;
}

void Framer::store(std::string_view bytes) {
  body_bytes_ += bytes.size();
  if (discard_body_) return;
  auto& body = framed_.request.body;
  if (!framed_.spilled.open()) {
    if (body_bytes_ <= limits_.body_in_memory) {
      body += bytes;
      return;
    }
    framed_.spilled = SpilledFile::create(files_);
    framed_.request.body_file = framed_.spilled.path();
    framed_.spilled.write(body);
    std::string().swap(body);
  }
  framed_.spilled.write(bytes);
}

// The first reason counts.
void Framer::soft(int status, std::string message) {
  if (!refusal_) refusal_ = Refusal{status, std::move(message), false};
}

std::size_t Framer::line_limit() const {
  if (state_ == State::request_line) return limits_.request_line;
  return state_ == State::chunk_size || state_ == State::chunk_end ? max_chunk_line
                                                                   : limits_.header_line;
}

Refusal Framer::line_too_long() const {
  if (state_ == State::request_line) return {414, "request line is too long", true};
  if (state_ == State::chunk_size || state_ == State::chunk_end)
    return {400, "malformed chunk", true};
  return {431, "header line is too long", true};
}

Framed Framer::take() {
  auto taken = std::move(framed_);
  reset();
  return taken;
}

void Framer::reset() {
  state_ = State::request_line;
  started_ = continue_due_ = discard_body_ = false;
  blank_lines_ = 0;
  field_count_ = field_bytes_ = body_left_ = body_bytes_ = 0;
  line_.clear();
  authority_.clear();
  refusal_.reset();
  framed_ = Framed{};
}

}  // namespace feedctl::http
