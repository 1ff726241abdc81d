#pragma once
// Parses HTTP/1.1 requests (RFC 9112) from a byte stream, independent of the sizes of its reads. It
// checks and limits everything (docs/http.md), so no later stage sees a malformed request. A
// connection owns it. One thread at a time.
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "http/router.hpp"
#include "http_server/body_spool.hpp"
#include "http_server/host_allowlist.hpp"
#include "http_server/limits.hpp"
#include "http_server/rejection.hpp"

namespace feedctl {
class Error;
}

namespace feedctl::http {

struct ParsedRequest {
  Request request;
  SpooledFile spooled;
  bool http10 = false;
  bool keep_alive = true;
};

class RequestParser {
 public:
  // All must outlive it and its requests. Without `spool` only the system bounds the body files.
  // Without `router` no route takes larger bodies than the others.
  RequestParser(const Limits& limits, const HostAllowlist& hosts, BodySpool* spool = nullptr,
                const Router* router = nullptr);

  // From the next request on.
  void set_max_body(std::size_t max) {
    if (!started_) server_max_body_ = max_body_ = max;
  }

  // Consumes the bytes that belong to the current request and returns their number. Stops where the
  // request is complete or rejected; take() or reset() begins the next one.
  std::size_t feed(std::string_view data);

  // Has a byte of the request; the empty lines before it do not count.
  bool has_started() const { return started_; }
  // The fast parser took the next request.
  void skip_request() { blank_lines_ = 0; }
  bool is_in_body() const { return state_ >= State::sized_body && state_ <= State::trailers; }
  // The body of an incomplete request goes to a file.
  bool is_filling_file() const { return parsed_.spooled.is_open() && !is_finished(); }
  bool is_finished() const { return state_ >= State::complete; }
  // Set where the server answers by itself. Known as soon as is_finished().
  const std::optional<Rejection>& rejection() const { return rejection_; }
  std::size_t body_bytes() const { return body_bytes_; }
  // The body is larger than the server's limit, and its route takes it.
  bool is_large_upload() const { return max_body_ > server_max_body_; }
  // The bytes of an incomplete request, in memory or in a file, as temporary files may be in memory
  // too. Of a large upload those in memory: the spool bounds the others.
  std::size_t buffered_bytes() const {
    const bool counts_file = parsed_.spooled.is_open() && !is_large_upload();
    const auto body = counts_file ? body_bytes_ : parsed_.request.body.size();
    return line_.size() + field_bytes_ + body;
  }
  // True once, where the client waits for 100 Continue before it sends the body.
  bool take_100_continue();

  const ParsedRequest& parsed_request() const { return parsed_; }
  ParsedRequest take();
  void reset();

 private:
  enum class State {
    request_line,
    fields,
    sized_body,
    chunk_size,
    chunk_data,
    chunk_end,
    trailers,
    complete,
    rejected
  };

  void on_storage_error(const Error& error);
  std::size_t consume_some(std::string_view data);
  std::size_t consume_line(std::string_view data);
  void on_line(std::string_view line);
  void on_request_line(std::string_view line);
  void on_field(std::string_view line);
  void on_trailer(std::string_view line);
  void count_field(std::string_view line);
  void on_chunk_size(std::string_view line);
  void on_head();
  void check_host();
  void parse_connection();
  bool determine_body_length();
  void check_body_size(std::size_t size);
  bool lacks_token(const Route& route) const;
  bool expects_continue();
  void store_body(std::string_view bytes);
  void reject_keep_alive(int status, std::string message);
  std::size_t line_limit() const;
  Rejection line_too_long() const;

  const Limits& limits_;
  std::size_t server_max_body_;
  std::size_t max_body_;  // of the current request
  const HostAllowlist& hosts_;
  BodySpool* const spool_;
  const Router* const router_;
  State state_ = State::request_line;
  bool started_ = false;
  bool needs_100_continue_ = false;
  bool discard_body_ = false;
  int blank_lines_ = 0;
  std::size_t field_count_ = 0;
  std::size_t field_bytes_ = 0;
  std::size_t remaining_ = 0;   // of the body or chunk
  std::size_t body_bytes_ = 0;  // so far
  std::string line_;            // the part of a line from earlier reads
  std::string authority_;       // of an absolute-form target
  std::optional<Rejection> rejection_;
  ParsedRequest parsed_;
};

}  // namespace feedctl::http
