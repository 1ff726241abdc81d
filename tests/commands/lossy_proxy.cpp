#include "commands/lossy_proxy.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace feedctl::test {

namespace {

constexpr int poll_ms = 20;
constexpr std::string_view host_key = "?host=";
constexpr const char* socket_name = "/.s.PGSQL.5432";

int open_socket(const std::string& path, int (*join)(int, const sockaddr*, socklen_t)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("the path is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || join(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (fd >= 0) ::close(fd);
    throw std::runtime_error("no socket at " + path);
  }
  return fd;
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// The server waits for the next statement, so the one before is committed.
bool is_ready(std::string_view bytes) {
  using namespace std::string_view_literals;
  return bytes.size() >= 6 && bytes.substr(bytes.size() - 6) == "Z\0\0\0\5I"sv;
}

}  // namespace

LossyProxy::LossyProxy(const Secret<std::string>& url) {
  const auto& text = url.reveal();
  const auto at = text.find(host_key) + host_key.size();
  server_ = text.substr(at) + socket_name;
  url_ = Secret<std::string>(text.substr(0, at) + folder_.path().string());
  listener_ = open_socket(folder_.path().string() + socket_name, ::bind);
  if (::listen(listener_, 64) != 0) throw std::runtime_error("nobody can listen");
  acceptor_ = std::thread([this] { accept(); });
}

LossyProxy::~LossyProxy() {
  stopping_ = true;
  acceptor_.join();
  for (auto& carrier : relays_) carrier.join();
  ::close(listener_);
}

void LossyProxy::accept() {
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, poll_ms) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) relays_.emplace_back([this, client] { relay(client); });
  }
}

void LossyProxy::relay(int client) {
  const int server = open_socket(server_, ::connect);
  char buffer[65536];
  bool losing = false;
  for (bool open = true; open && !stopping_;) {
    pollfd both[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (::poll(both, 2, poll_ms) <= 0) continue;
    if (both[0].revents != 0) {
      const auto n = ::recv(client, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      auto asked = Loss::request;
      if (loss_.compare_exchange_strong(asked, Loss::none)) break;
      asked = Loss::reply;
      if (loss_.compare_exchange_strong(asked, Loss::none)) losing = true;
      open = send_all(server, {buffer, static_cast<std::size_t>(n)});
    }
    if (both[1].revents != 0) {
      const auto n = ::recv(server, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      const std::string_view bytes(buffer, static_cast<std::size_t>(n));
      open = losing ? !is_ready(bytes) : send_all(client, bytes);
    }
  }
  ::close(client);
  ::close(server);
}

}  // namespace feedctl::test
