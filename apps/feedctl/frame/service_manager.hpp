#pragma once
// What a service manager and a daemon tell each other, in systemd's protocols: sockets handed in
// (LISTEN_FDS), readiness and state (NOTIFY_SOCKET), the watchdog (WATCHDOG_USEC). Without a
// manager all of it does nothing. Thread-safe but for handed_socket().
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

namespace feedctl::cli {

// The listening socket that was handed to this process: the only one, else the one with the name
// "http". Error(config) where it cannot be told, or where it is no listening stream socket.
std::optional<int> handed_socket();

namespace notify {

void ready(std::string_view status);
void status(std::string_view status);
void reloading();  // ready() ends it
void stopping(std::string_view status);

}  // namespace notify

// While it lives, the manager's watchdog is told of life as long as `turns` says that the process
// does its work: asked every third of the interval, on a thread of its own, with the longest time
// it may take. Does nothing where no watchdog is asked for.
class Watchdog {
 public:
  using Turns = std::function<bool(std::chrono::milliseconds patience)>;
  explicit Watchdog(Turns turns);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void run(std::chrono::milliseconds period);

  const Turns turns_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace feedctl::cli
