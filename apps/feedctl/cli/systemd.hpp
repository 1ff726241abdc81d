#pragma once
// systemd's protocols for services: socket activation (LISTEN_FDS), sd_notify (NOTIFY_SOCKET) and
// the watchdog (WATCHDOG_USEC). Without systemd all of it does nothing.
//
// Thread-safe, except inherited_listen_socket(), which the main thread calls.
#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "concurrent/worker_thread.hpp"

namespace feedctl::cli {

// The inherited listening socket: the only one, else the one named "http". Error(config) if the
// choice is ambiguous or it is no listening stream socket.
std::optional<int> inherited_listen_socket();

namespace notify {

void ready(std::string_view status);
void status(std::string_view status);
void reloading();  // ready() ends it
void stopping(std::string_view status);

}  // namespace notify

// Notifies systemd's watchdog while the liveness check succeeds.
//
// Its own thread calls the check at each third of the watchdog interval, with the time it may take.
// It does nothing if the unit has no watchdog.
class SystemdWatchdog {
 public:
  using LivenessCheck = std::function<bool(std::chrono::milliseconds timeout)>;
  explicit SystemdWatchdog(LivenessCheck is_alive);

 private:
  void run(std::chrono::milliseconds period);

  const LivenessCheck is_alive_;
  concurrent::WorkerThread thread_;
};

}  // namespace feedctl::cli
