#include "feedctl/login/loopback_listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/url.hpp"

namespace feedctl::cli {

namespace {

constexpr std::string_view redirect_path = "/callback";
constexpr std::size_t max_request_size = 16 * 1024;
// Without a byte. Browsers open connections ahead of need and send nothing on them.
constexpr timeval request_timeout{2, 0};
constexpr std::chrono::seconds max_request_time{4};

constexpr std::string_view done_page =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>feedctl</title>"
    "<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;"
    "max-width:30rem;margin:4rem auto;padding:0 1rem}</style></head><body>"
    "<h1>You can close this page</h1><p>The terminal says how the sign-in went.</p></body></html>";

std::string http_response(std::string_view status, std::string_view body) {
  return "HTTP/1.1 " + std::string(status) +
         "\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " +
         std::to_string(body.size()) +
         "\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
         "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
         "Connection: close\r\n\r\n" +
         std::string(body);
}

// The head of a request, as far as it comes in time.
std::string read_head(int connection) {
  const auto deadline = Deadline::after(max_request_time);
  std::string head;
  char buffer[2048];
  while (head.size() < max_request_size && head.find("\r\n\r\n") == std::string::npos &&
         !deadline.is_expired()) {
    const auto size = ::recv(connection, buffer, sizeof buffer, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    head.append(buffer, static_cast<std::size_t>(size));
  }
  return head;
}

void send_all(int connection, std::string_view text) {
  while (!text.empty()) {
    const auto size = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;  // the browser has gone; the code has come
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

Error cannot_listen() {
  return Error(ErrorCode::failed,
               std::string("cannot listen on 127.0.0.1: ") + std::strerror(errno));
}

}  // namespace

std::optional<LoginRedirect> parse_redirect(const std::string& request, const std::string& state) {
  std::string_view line = std::string_view(request).substr(0, request.find("\r\n"));
  if (next_field(line, ' ') != "GET") return std::nullopt;
  auto query = next_field(line, ' ');
  if (next_field(query, '?') != redirect_path) return std::nullopt;
  LoginRedirect redirect;
  std::string given_state;
  try {
    while (!query.empty()) {
      auto value = next_field(query, '&');
      const auto name = next_field(value, '=');
      if (name == "code") redirect.code = percent_decode(value);
      if (name == "error") redirect.error = percent_decode(value);
      if (name == "state") given_state = percent_decode(value);
    }
  } catch (const UrlError&) {
    return std::nullopt;
  }
  const bool has_result = redirect.code.empty() != redirect.error.empty();
  return given_state == state && has_result ? std::optional(redirect) : std::nullopt;
}

LoopbackListener::LoopbackListener()
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (fd_ < 0 || ::bind(fd_, any, size) != 0 || ::listen(fd_, 8) != 0 ||
      ::getsockname(fd_, any, &size) != 0) {
    const auto error = cannot_listen();
    if (fd_ >= 0) ::close(fd_);
    throw error;
  }
  port_ = ntohs(address.sin_port);
}

LoopbackListener::~LoopbackListener() {
  ::close(fd_);
}

std::string LoopbackListener::redirect_uri() const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(redirect_path);
}

std::optional<LoginRedirect> LoopbackListener::answer(int connection, const std::string& state) {
  ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &request_timeout, sizeof request_timeout);
  ::setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &request_timeout, sizeof request_timeout);
  const auto redirect = parse_redirect(read_head(connection), state);
  send_all(connection,
           redirect ? http_response("200 OK", done_page) : http_response("404 Not Found", ""));
  return redirect;
}

std::optional<LoginRedirect> LoopbackListener::wait(const std::string& state,
                                                    const Deadline& deadline) {
  while (!deadline.is_expired()) {
    pollfd listening{fd_, POLLIN, 0};
    const auto left = std::min(deadline.remaining(), std::chrono::milliseconds{60'000});
    const int ready = ::poll(&listening, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno != EINTR) throw cannot_listen();
    if (ready <= 0) continue;
    const int connection = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    const auto redirect = answer(connection, state);
    ::close(connection);
    if (redirect) return redirect;
  }
  return std::nullopt;
}

}  // namespace feedctl::cli
