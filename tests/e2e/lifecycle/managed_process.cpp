#include "e2e/lifecycle/managed_process.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <stdexcept>

#include "base/time.hpp"

namespace feedctl::lifecycle {

namespace {

constexpr const char* base_config = "auth: {mode: open}\nlog: {format: json}\n";

// As systemd does it: from descriptor 3 on, for the process with this number.
constexpr const char* pass_socket =
    "exec 3<&0 0</dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$@\"";

}  // namespace

ListeningSocket::ListeningSocket(const std::string& address)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in here{};
  here.sin_family = AF_INET;
  ::inet_pton(AF_INET, address.c_str(), &here.sin_addr);
  socklen_t size = sizeof here;
  if (::bind(fd_, reinterpret_cast<sockaddr*>(&here), size) != 0 || ::listen(fd_, 4096) != 0 ||
      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&here), &size) != 0) {
    throw std::runtime_error("cannot listen on " + address);
  }
  port_ = ntohs(here.sin_port);
}

ListeningSocket::~ListeningSocket() {
  ::close(fd_);
}

NotifySocket::NotifySocket()
    : path_((folder_.path() / "notify").string()),
      fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un here{};
  here.sun_family = AF_UNIX;
  path_.copy(here.sun_path, sizeof here.sun_path - 1);
  if (::bind(fd_, reinterpret_cast<sockaddr*>(&here), sizeof here) != 0) {
    throw std::runtime_error("cannot make " + path_);
  }
}

NotifySocket::~NotifySocket() {
  ::close(fd_);
}

std::string NotifySocket::wait_for_message(const std::string& line,
                                           std::chrono::milliseconds patience) {
  const auto deadline = Deadline::after(patience);
  while (!deadline.is_expired()) {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(deadline.remaining().count())) <= 0) continue;
    char buffer[4096];
    const auto count = ::recv(fd_, buffer, sizeof buffer, 0);
    const std::string text = '\n' + std::string(buffer, count > 0 ? static_cast<size_t>(count) : 0);
    if (text.find('\n' + line) != std::string::npos) return text.substr(1);
  }
  return "";
}

ManagedProcess::ManagedProcess(const support::FreshDatabase& database, const ProcessOptions& how) {
  write_config(how.config);
  support::RunOptions run;
  run.environment = how.environment;
  run.environment.push_back("FEEDCTL_DATABASE_URL=" + database.url().reveal());
  run.environment.push_back("LISTEN_FDNAMES=" + how.socket_name);
  std::vector<std::string> argv{support::feedctl_binary(), how.command, "--config",
                                (folder_.path() / "feedctl.yaml").string()};
  argv.insert(argv.end(), how.arguments.begin(), how.arguments.end());
  if (how.socket != nullptr) {
    run.stdin_fd = how.socket->fd();
    argv.insert(argv.begin(), {"/bin/sh", "-c", pass_socket, "sh"});
  }
  process_ = std::make_unique<support::BackgroundProcess>(argv, run);
}

void ManagedProcess::write_config(const std::string& config) {
  folder_.write("feedctl.yaml", base_config + config);
}

}  // namespace feedctl::lifecycle
