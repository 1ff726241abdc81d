#include "support/raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace feedctl::test {

std::string RawResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

std::size_t RawResponse::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      headers.begin(), headers.end(), [&](const auto& header) { return header.first == name; }));
}

RawClient::RawClient() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  set_read_timeout(std::chrono::seconds{60});
}

RawClient::RawClient(int port) : RawClient() {
  connect(port);
}

void RawClient::connect(int port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
  }
}

RawClient::RawClient(const std::string& unix_path)
    : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  unix_path.copy(to.sun_path, sizeof to.sun_path - 1);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    ::close(fd_);
    throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
  }
  set_read_timeout(std::chrono::seconds{60});
}

RawClient::~RawClient() {
  if (fd_ >= 0) ::close(fd_);
}

void RawClient::set_read_timeout(std::chrono::milliseconds time) {
  timeval wait{};
  wait.tv_sec = static_cast<time_t>(time.count() / 1000);
  wait.tv_usec = static_cast<suseconds_t>(time.count() % 1000 * 1000);
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
}

RawClient& RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) break;  // the server may have answered and closed already
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return *this;
}

std::string RawClient::read_until(std::string_view text) {
  for (;;) {
    if (const auto at = buffer_.find(text); at != std::string::npos) {
      auto found = buffer_.substr(0, at + text.size());
      buffer_.erase(0, at + text.size());
      return found;
    }
    if (!read_more()) return "";
  }
}

std::string RawClient::read_to_end() {
  while (read_more()) {
  }
  return std::exchange(buffer_, {});
}

bool RawClient::read_more() {
  char chunk[16 * 1024];
  const auto n = ::recv(fd_, chunk, sizeof chunk, 0);
  if (n <= 0) return false;
  buffer_.append(chunk, static_cast<std::size_t>(n));
  return true;
}

std::optional<RawResponse> RawClient::read_response(bool head) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) return std::nullopt;
  }
  RawResponse answer;
  answer.status = std::atoi(buffer_.c_str() + std::strlen("HTTP/1.1 "));
  std::size_t at = buffer_.find("\r\n") + 2;
  while (at < end) {
    const auto line = buffer_.substr(at, buffer_.find("\r\n", at) - at);
    at += line.size() + 2;
    const auto colon = line.find(": ");
    auto name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    answer.headers.emplace_back(name, line.substr(colon + 2));
  }
  buffer_.erase(0, end + 4);
  const auto size = head ? 0 : std::strtoul(answer.header("content-length").c_str(), nullptr, 10);
  while (buffer_.size() < size) {
    if (!read_more()) return std::nullopt;
  }
  answer.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

std::optional<RawResponse> RawClient::get(std::string_view path, std::string_view fields) {
  send(std::string("GET ")
           .append(path)
           .append(" HTTP/1.1\r\nHost: t\r\n")
           .append(fields)
           .append("\r\n"));
  return read_response();
}

bool RawClient::is_closed() {
  if (!buffer_.empty()) return false;
  char byte = 0;
  const auto n = ::recv(fd_, &byte, 1, 0);
  return n == 0 || (n < 0 && errno == ECONNRESET);
}

bool RawClient::is_silent(std::chrono::milliseconds time) {
  pollfd wait{fd_, POLLIN, 0};
  return buffer_.empty() && ::poll(&wait, 1, static_cast<int>(time.count())) == 0;
}

}  // namespace feedctl::test
