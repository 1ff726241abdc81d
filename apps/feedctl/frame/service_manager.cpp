#include "feedctl/frame/service_manager.hpp"

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

// The names of the sockets that were handed in, in order from SD_LISTEN_FDS_START on.
std::vector<std::string> handed_names() {
  char** names = nullptr;
  // Our own children get none of it.
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

std::size_t chosen(const std::vector<std::string>& names) {
  if (names.size() == 1) return 0;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "http" && found) found = names.size();
    if (names[i] == "http" && !found) found = i;
  }
  if (found && *found < names.size()) return *found;
  throw Error(ErrorCode::config, std::to_string(names.size()) +
                                     " sockets were handed in, and not exactly one is named http")
      .with_hint("set FileDescriptorName=http in the socket unit to serve on");
}

void tell(const std::string& text) {
  if (const int result = ::sd_notify(0, text.c_str()); result < 0) {
    log::warning("cannot reach the service manager", {{"error", std::strerror(-result)}});
  }
}

// One line: a status may hold what a database said.
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

std::optional<int> handed_socket() {
  const auto names = handed_names();
  if (names.empty()) return std::nullopt;
  const int fd = SD_LISTEN_FDS_START + static_cast<int>(chosen(names));
  if (::sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
    throw Error(ErrorCode::config, "the socket handed in is no listening stream socket")
        .with_hint("use ListenStream= and leave Accept= off in the socket unit");
  }
  return fd;
}

namespace notify {

void ready(std::string_view status) {
  tell("READY=1\nSTATUS=" + one_line(status));
}
void status(std::string_view status) {
  tell("STATUS=" + one_line(status));
}
void reloading() {
  tell("RELOADING=1\nMONOTONIC_USEC=" + monotonic_usec() + "\nSTATUS=reading the configuration");
}
void stopping(std::string_view status) {
  tell("STOPPING=1\nSTATUS=" + one_line(status));
}

}  // namespace notify

Watchdog::Watchdog(Turns turns) : turns_(std::move(turns)) {
  std::uint64_t interval = 0;
  if (::sd_watchdog_enabled(0, &interval) <= 0) return;
  // Bounded, since the wait for it is added to a clock.
  constexpr std::uint64_t longest = milliseconds{std::chrono::hours{1}}.count();
  const auto period = milliseconds(std::clamp(interval / 3000, std::uint64_t{1}, longest));
  thread_ = std::thread([this, period] { run(period); });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  ended_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::run(milliseconds period) {
  bool turned = true;
  std::unique_lock lock(mutex_);
  while (!over_) {
    lock.unlock();
    const bool turns = turns_(period);
    if (turns)
      tell("WATCHDOG=1");
    else if (turned)
      log::error("an event loop or the handler pool does not get on; the watchdog is not told");
    turned = turns;
    lock.lock();
    ended_.wait_for(lock, period, [this] { return over_; });
  }
}

}  // namespace feedctl::cli
