#include "concurrent_clients.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace feedctl::test {
namespace {

int connected(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  throw std::runtime_error("no connection");
}

// 0 where the connection was closed without an answer.
int status_of(int fd) {
  char text[4096];
  const auto size = ::recv(fd, text, sizeof text, 0);
  if (size < 12) return 0;
  return std::atoi(std::string(text + 9, 3).c_str());
}

}  // namespace

ConcurrentClients::ConcurrentClients(int port, int clients) {
  for (int i = 0; i < clients; ++i) sockets_.push_back(connected(port));
}

ConcurrentClients::~ConcurrentClients() {
  for (const int fd : sockets_) ::close(fd);
}

void ConcurrentClients::send_all(const std::string& target) {
  const auto request = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (const int fd : sockets_) ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
}

std::map<int, int> ConcurrentClients::wait_for_statuses(std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::map<int, int> counts;
  std::vector<pollfd> waiting;
  for (const int fd : sockets_) waiting.push_back({fd, POLLIN, 0});
  while (!waiting.empty() && std::chrono::steady_clock::now() < end) {
    ::poll(waiting.data(), waiting.size(), 100);
    for (auto& one : waiting) {
      if (one.revents == 0) continue;
      ++counts[status_of(one.fd)];
      one.fd = -1;
    }
    waiting.erase(std::remove_if(waiting.begin(), waiting.end(),
                                 [](const pollfd& one) { return one.fd < 0; }),
                  waiting.end());
  }
  if (!waiting.empty()) counts[0] += static_cast<int>(waiting.size());
  return counts;
}

}  // namespace feedctl::test
