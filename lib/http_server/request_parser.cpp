#include "http_server/request_parser.hpp"

#include <algorithm>
#include <cstdint>
#include <new>

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "http/header_text.hpp"
#include "http/json_body.hpp"
#include "http_server/log_rate_limiter.hpp"
#include "http_server/message_length.hpp"
#include "http_server/request_target.hpp"

namespace feedctl::http {

namespace {

constexpr std::size_t max_chunk_line = 256;
constexpr int max_blank_lines = 4;
constexpr std::size_t usual_field_count = 12;

[[noreturn]] void reject(int status, std::string message) {
  throw Rejection::closing(status, std::move(message));
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
    reject(400, "malformed request line");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") reject(505, "only HTTP/1.1 is served");
  return version[7] == '0';
}

bool is_health_path(std::string_view path) {
  constexpr std::string_view folder = "/health/";
  return path.substr(0, folder.size()) == folder || path == folder.substr(0, folder.size() - 1) ||
         path == "/livez" || path == "/readyz";
}

}  // namespace

RequestParser::RequestParser(const Limits& limits, const HostAllowlist& hosts, BodySpool* spool,
                             const Router* router)
    : limits_(limits),
      server_max_body_(limits.max_body),
      max_body_(limits.max_body),
      hosts_(hosts),
      spool_(spool),
      router_(router) {}

std::size_t RequestParser::feed(std::string_view data) {
  std::size_t used = 0;
  try {
    while (used < data.size() && !is_finished()) used += consume_some(data.substr(used));
  } catch (const Rejection& rejection) {
    rejection_ = rejection;
    state_ = State::rejected;
  } catch (const Error& error) {
    on_storage_error(error);
  } catch (const std::bad_alloc&) {
    on_storage_error(
        Error(ErrorCode::unavailable, "too busy, try again").with_detail("out of memory"));
  }
  return used;
}

// Logs it too, since only the operator can fix a full disk or a missing folder.
void RequestParser::on_storage_error(const Error& error) {
  static LogRateLimiter warnings;
  rejection_ = Rejection::closing(503, error.what());
  state_ = State::rejected;
  if (const auto suppressed = warnings.try_log()) {
    log::warning("a request body could not be taken", {{"error", error.what()},
                                                       {"detail", error.detail()},
                                                       {"hint", error.hint()},
                                                       {"suppressed", *suppressed}});
  }
}

std::size_t RequestParser::consume_some(std::string_view data) {
  started_ = true;
  if (state_ != State::sized_body && state_ != State::chunk_data) return consume_line(data);
  const auto part = data.substr(0, remaining_);
  store_body(part);
  remaining_ -= part.size();
  if (remaining_ == 0) {
    state_ = state_ == State::sized_body ? State::complete : State::chunk_end;
  }
  return part.size();
}

std::size_t RequestParser::consume_line(std::string_view data) {
  const auto newline = data.find('\n');
  const auto part = data.substr(0, newline == std::string_view::npos ? newline : newline + 1);
  // This check comes first, since a TLS hello has no newline.
  if (state_ == State::request_line && line_.empty() && part[0] != '\r' &&
      !is_token_char(part[0])) {
    reject(400, "malformed request line");
  }
  if (line_.size() + part.size() > line_limit() + 2) throw line_too_long();
  if (newline == std::string_view::npos) {
    line_ += part;
    return part.size();
  }
  auto line = part;
  if (!line_.empty()) line = line_ += part;
  if (line.size() < 2 || line[line.size() - 2] != '\r') reject(400, "lines must end with CRLF");
  on_line(line.substr(0, line.size() - 2));
  line_.clear();
  return part.size();
}

void RequestParser::on_line(std::string_view line) {
  switch (state_) {
    case State::request_line:
      return on_request_line(line);
    case State::fields:
      return line.empty() ? on_head() : on_field(line);
    case State::chunk_size:
      return on_chunk_size(line);
    case State::chunk_end:
      if (!line.empty()) reject(400, "malformed chunk");
      state_ = State::chunk_size;
      return;
    case State::trailers:
      return on_trailer(line);
    default:
      return;
  }
}

void RequestParser::on_request_line(std::string_view line) {
  if (line.empty()) {  // some clients send an empty line after a body
    if (++blank_lines_ > max_blank_lines) reject(400, "malformed request line");
    started_ = false;
    return;
  }
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) reject(400, "malformed request line");
  const auto name = line.substr(0, first);
  const auto target = line.substr(first + 1, second - first - 1);
  if (!is_token(name) || !is_target(target)) reject(400, "malformed request line");
  parsed_.http10 = is_http10(line.substr(second + 1));
  state_ = State::fields;
  parsed_.request.headers.reserve(usual_field_count);
  parsed_.request.target = target;
  const auto method = parse_method(name);
  if (!method) {
    const bool known = name == "TRACE" || name == "CONNECT";
    reject_keep_alive(known ? 405 : 501,
                      known ? "Method not allowed" : "method is not implemented");
  }
  parsed_.request.method = method.value_or(Method::get);
  try {
    auto parts = parse_target(target, limits_.max_query_params);
    if (parts.path == "*" && method != Method::options)
      reject_keep_alive(400, "request target must begin with '/'");
    authority_ = parts.authority;
    parsed_.request.path = std::move(parts.path);
    parsed_.request.query = std::move(parts.query);
  } catch (const Rejection& rejection) {
    reject_keep_alive(rejection.status, rejection.message);
  }
}

void RequestParser::count_field(std::string_view line) {
  field_bytes_ += line.size() + 2;
  if (++field_count_ > limits_.max_header_count) reject(431, "too many header fields");
  if (field_bytes_ > limits_.max_header_bytes) reject(431, "header fields are too large");
}

void RequestParser::on_field(std::string_view line) {
  count_field(line);
  if (line.front() == ' ' || line.front() == '\t')
    reject(400, "folded header lines are not accepted");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    reject(400, "malformed header field");
  }
  const auto value = trimmed(line.substr(colon + 1));
  if (!is_field_value(value)) reject(400, "control character in a header field");
  parsed_.request.headers.emplace_back(to_lower(line.substr(0, colon)), value);
}

// Trailers decide where the request ends; they are checked like fields and dropped.
void RequestParser::on_trailer(std::string_view line) {
  if (line.empty()) {
    state_ = State::complete;
    return;
  }
  count_field(line);
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) ||
      !is_field_value(line.substr(colon + 1))) {
    reject(400, "malformed trailer field");
  }
}

void RequestParser::on_chunk_size(std::string_view line) {
  const auto digits = line.substr(0, line.find_first_of("; \t"));
  if (digits.empty() || digits.size() > 16 || !is_field_value(line))
    reject(400, "malformed chunk size");
  std::size_t size = 0;
  for (const char c : digits) {
    if (hex_value(c) < 0) reject(400, "malformed chunk size");
    size = size << 4 | static_cast<std::size_t>(hex_value(c));
  }
  const auto rest = trimmed(line.substr(digits.size()));
  if (!rest.empty() && rest.front() != ';') reject(400, "malformed chunk size");
  check_body_size(size > SIZE_MAX - body_bytes_ ? SIZE_MAX : body_bytes_ + size);
  remaining_ = size;
  state_ = size == 0 ? State::trailers : State::chunk_data;
}

void RequestParser::on_head() {
  check_host();
  const bool body = determine_body_length();
  parse_connection();
  if (const auto* coding = parsed_.request.header("content-encoding");
      coding != nullptr && !equals_ignore_case(*coding, "identity")) {
    reject_keep_alive(415, "Content-Encoding is not accepted on requests");
  }
  const bool waits = expects_continue() && body && !parsed_.http10;
  if (rejection_ && waits) reject(rejection_->status, rejection_->message);
  needs_100_continue_ = waits;
  const auto method = parsed_.request.method;
  discard_body_ = rejection_ || method == Method::get || method == Method::head;
  parsed_.request.has_body = body && !discard_body_;
  if (!body) state_ = State::complete;
}

// Sets the state in which the body is read; false where there is none.
bool RequestParser::determine_body_length() {
  const auto length = message_length(parsed_.request.headers, parsed_.http10);
  if (length.kind == MessageLength::Kind::none) return false;
  check_body_size(length.bytes);
  const bool chunked = length.kind == MessageLength::Kind::chunked;
  if (!chunked) remaining_ = length.bytes;
  state_ = chunked ? State::chunk_size : State::sized_body;
  return true;
}

// The route matters only to a body above the server's limit, so other requests do not look for it.
void RequestParser::check_body_size(std::size_t size) {
  if (size <= max_body_) return;
  const auto& request = parsed_.request;
  Router::PathValues values;
  const auto* route =
      router_ != nullptr ? router_->find(request.method, request.path, values) : nullptr;
  if (route == nullptr || route->max_body <= server_max_body_ || is_json_body(request))
    reject(413, "request body is too large");
  max_body_ = route->max_body;
  if (size > max_body_)
    reject(413,
           "request body is too large: this takes up to " + std::to_string(max_body_) + " bytes");
  if (lacks_token(*route)) reject(401, "a token is required: send Authorization: Bearer");
}

// Such a body is refused in the end, so it is not read.
bool RequestParser::lacks_token(const Route& route) const {
  return limits_.large_bodies_need_token && route.policy != Policy::public_ &&
         parsed_.request.header("authorization") == nullptr;
}

void RequestParser::check_host() {
  const std::string* host = nullptr;
  for (const auto& [name, value] : parsed_.request.headers) {
    if (name != "host") continue;
    if (host != nullptr) reject(400, "more than one Host");
    host = &value;
  }
  if (host == nullptr && !parsed_.http10) reject(400, "Host is missing");
  if (host != nullptr && !HostAllowlist::is_well_formed(*host)) reject(400, "malformed Host");
  if (!authority_.empty() && !HostAllowlist::is_well_formed(authority_))
    reject(400, "malformed Host");
  const std::string_view named = !authority_.empty() ? std::string_view(authority_)
                                 : host != nullptr   ? std::string_view(*host)
                                                     : std::string_view();
  // Load balancers check health by address, or without a Host.
  if (!hosts_.allows(named) && !is_health_path(parsed_.request.path))
    reject_keep_alive(421, "this host is not served here");
}

void RequestParser::parse_connection() {
  parsed_.keep_alive = !parsed_.http10;
  bool close = false;
  for (const auto& [name, value] : parsed_.request.headers) {
    if (name != "connection") continue;
    for_each_item(value, [&](std::string_view option) {
      if (equals_ignore_case(option, "close")) close = true;
      if (equals_ignore_case(option, "keep-alive")) parsed_.keep_alive = true;
    });
  }
  if (close) parsed_.keep_alive = false;
}

bool RequestParser::expects_continue() {
  bool waits = false;
  for (const auto& [name, value] : parsed_.request.headers) {
    if (name != "expect") continue;
    if (equals_ignore_case(value, "100-continue"))
      waits = true;
    else if (state_ == State::fields)
      reject_keep_alive(417, "only Expect: 100-continue is understood");
    else
      reject(417, "only Expect: 100-continue is understood");  // its body may never come
  }
  return waits;
}

bool RequestParser::take_100_continue() {
  const bool is_due = needs_100_continue_ && is_in_body() && body_bytes_ == 0;
  needs_100_continue_ = false;
  return is_due;
}

void RequestParser::store_body(std::string_view bytes) {
  body_bytes_ += bytes.size();
  if (discard_body_) return;
  auto& body = parsed_.request.body;
  if (!parsed_.spooled.is_open()) {
    if (body_bytes_ <= limits_.max_body_in_memory) {
      body += bytes;
      return;
    }
    parsed_.spooled = SpooledFile::create(spool_);
    parsed_.request.body_file = parsed_.spooled.path();
    parsed_.spooled.write(body);
    std::string().swap(body);
  }
  parsed_.spooled.write(bytes);
}

// The first rejection counts.
void RequestParser::reject_keep_alive(int status, std::string message) {
  if (!rejection_) rejection_ = Rejection::keep_alive(status, std::move(message));
}

std::size_t RequestParser::line_limit() const {
  if (state_ == State::request_line) return limits_.max_request_line;
  return state_ == State::chunk_size || state_ == State::chunk_end ? max_chunk_line
                                                                   : limits_.max_header_line;
}

Rejection RequestParser::line_too_long() const {
  if (state_ == State::request_line) return Rejection::closing(414, "request line is too long");
  if (state_ == State::chunk_size || state_ == State::chunk_end)
    return Rejection::closing(400, "malformed chunk");
  return Rejection::closing(431, "header line is too long");
}

ParsedRequest RequestParser::take() {
  auto taken = std::move(parsed_);
  reset();
  return taken;
}

void RequestParser::reset() {
  state_ = State::request_line;
  started_ = needs_100_continue_ = discard_body_ = false;
  blank_lines_ = 0;
  field_count_ = field_bytes_ = remaining_ = body_bytes_ = 0;
  max_body_ = server_max_body_;
  line_.clear();
  authority_.clear();
  rejection_.reset();
  parsed_ = ParsedRequest{};
}

}  // namespace feedctl::http
