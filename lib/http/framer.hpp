#pragma once
// Frames one request at a time out of a byte stream, however it is cut into reads: request line,
// header fields, sized or chunked body. Everything is limited and checked here (RELIABILITY 3(iv)
// rows 1 to 23), so nothing behind it meets a malformed request. Belongs to one connection.
#include <optional>
#include <string>
#include <string_view>

#include "http/hosts.hpp"
#include "http/message.hpp"
#include "http/refusal.hpp"
#include "http/server.hpp"
#include "http/spill.hpp"

namespace feedctl {
class Error;
}

namespace feedctl::http {

struct Framed {
  Request request;
  SpilledFile spilled;
  bool http10 = false;
  bool keep_alive = true;
};

class Framer {
 public:
  // All must outlive it, and what it frames. Without `files` only the system bounds them.
  Framer(const Limits& limits, const HostRules& hosts, BodyFiles* files = nullptr);

  // How large a body may be, from the next request on.
  void limit_body(std::size_t most) {
    if (!started_) most_body_ = most;
  }

  // Takes what belongs to the current request and says how many bytes that was. Stops where the
  // request is complete or refused; take() or reset() begins the next one.
  std::size_t feed(std::string_view data);

  // A byte of it has come; empty lines before it are none of it.
  bool started() const { return started_; }
  // The request that came next was taken by somebody else.
  void passed_by() { blank_lines_ = 0; }
  bool in_body() const { return state_ >= State::sized_body && state_ <= State::trailers; }
  bool finished() const { return state_ >= State::complete; }
  // Set where the front has to answer it. Known as soon as finished().
  const std::optional<Refusal>& refusal() const { return refusal_; }
  std::size_t body_bytes() const { return body_bytes_; }
  // What it keeps of a request that is not complete, in memory or in a file: where files lie in
  // memory too, the difference is none.
  std::size_t held() const {
    const auto body = framed_.spilled.open() ? body_bytes_ : framed_.request.body.size();
    return line_.size() + field_bytes_ + body;
  }
  // True once, where the client waits for "100 Continue" before it sends the body.
  bool take_continue();

  const Framed& framed() const { return framed_; }
  Framed take();
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
    refused
  };

  void cannot_store(const Error& error);
  std::size_t step(std::string_view data);
  std::size_t take_line(std::string_view data);
  void on_line(std::string_view line);
  void on_request_line(std::string_view line);
  void on_field(std::string_view line);
  void on_trailer(std::string_view line);
  void count_field(std::string_view line);
  void on_chunk_size(std::string_view line);
  void on_head();
  void check_host();
  void read_connection();
  bool read_framing();
  bool expects_continue();
  void store(std::string_view bytes);
  void soft(int status, std::string message);
  std::size_t line_limit() const;
  Refusal line_too_long() const;

  const Limits& limits_;
  std::size_t most_body_;
  const HostRules& hosts_;
  BodyFiles* const files_;
  State state_ = State::request_line;
  bool started_ = false;
  bool continue_due_ = false;
  bool discard_body_ = false;
  int blank_lines_ = 0;
  std::size_t field_count_ = 0;
  std::size_t field_bytes_ = 0;
  std::size_t body_left_ = 0;   // of the body, or of the chunk
  std::size_t body_bytes_ = 0;  // so far
  std::string line_;            // the part of a line that came before
  std::string authority_;       // of an absolute-form target
  std::optional<Refusal> refusal_;
  Framed framed_;
};

}  // namespace feedctl::http
