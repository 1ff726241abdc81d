#include "feedctl/cli/systemd.hpp"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"

namespace feedctl::cli {

namespace {

using std::chrono::milliseconds;

// Names of the inherited sockets, in order from SD_LISTEN_FDS_START on.
std::vector<std::string> listen_fd_names() {
  char** names = nullptr;
  // 1 unsets the variables, so that child processes do not inherit them.
  const int count = ::sd_listen_fds_with_names(1, &names);
  if (count < 0) {
    throw Error(ErrorCode::config,
                std::string("LISTEN_FDS cannot be used: ") + std::strerror(-count));
  }
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) {
    all.emplace_back(names[i]);
    std::free(names[i]);  // NOLINT(cppcoreguidelines-no-malloc): as libsystemd says
  }
  std::free(names);  // NOLINT(cppcoreguidelines-no-malloc)
  return all;
}

std::size_t index_of_http_socket(const std::vector<std::string>& names) {
  if (names.size() == 1) return 0;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "http" && found) found = names.size();
    if (names[i] == "http" && !found) found = i;
  }
  if (found && *found < names.size()) return *found;
  throw Error(ErrorCode::config,
              std::to_string(names.size()) +
                  " sockets were passed in, and not exactly one of them is named http")
      .with_hint("set FileDescriptorName=http in the socket unit to serve on");
}

void send_notification(const std::string& text) {
  if (const int result = ::sd_notify(0, text.c_str()); result < 0) {
    log::warning("cannot reach the service manager", {{"error", std::strerror(-result)}});
  }
}

// A status may hold an error text of several lines.
std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) c = c == '\n' ? ' ' : c;
  return line;
}

std::string monotonic_usec() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000);
}

}  // namespace

std::optional<int> inherited_listen_socket() {
  const auto names = listen_fd_names();
  if (names.empty()) return std::nullopt;
  const int fd = SD_LISTEN_FDS_START + static_cast<int>(index_of_http_socket(names));
  if (::sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
    throw Error(ErrorCode::config, "the socket that was passed in is not a listening stream socket")
        .with_hint("use ListenStream= and leave Accept= off in the socket unit");
  }
  return fd;
}

namespace notify {

void ready(std::string_view status) {
  send_notification("READY=1\nSTATUS=" + one_line(status));
}
void status(std::string_view status) {
  send_notification("STATUS=" + one_line(status));
}
void reloading() {
  send_notification("RELOADING=1\nMONOTONIC_USEC=" + monotonic_usec() +
                    "\nSTATUS=reading the configuration");
}
void stopping(std::string_view status) {
  send_notification("STOPPING=1\nSTATUS=" + one_line(status));
}

}  // namespace notify

SystemdWatchdog::SystemdWatchdog(LivenessCheck is_alive) : is_alive_(std::move(is_alive)) {
  std::uint64_t interval = 0;
  if (::sd_watchdog_enabled(0, &interval) <= 0) return;
  // Bounded, since sleep_for() adds it to a time point, which could overflow.
  constexpr std::uint64_t max_period = milliseconds{std::chrono::hours{1}}.count();
  const auto period = milliseconds(std::clamp(interval / 3000, std::uint64_t{1}, max_period));
  thread_.start(thread_.lock(), [this, period] { run(period); });
}

void SystemdWatchdog::run(milliseconds period) {
  bool was_alive = true;
  auto lock = thread_.lock();
  while (!thread_.is_stopping(lock)) {
    lock.unlock();
    const bool alive = is_alive_(period);
    if (alive)
      send_notification("WATCHDOG=1");
    else if (was_alive)
      log::error(
          "an event loop or the handler pool makes no progress; the watchdog is not notified");
    was_alive = alive;
    lock.lock();
    thread_.sleep_for(lock, period);
  }
}

}  // namespace feedctl::cli
