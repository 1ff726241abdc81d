#pragma once
// How a daemon is told to stop, or to read its configuration again: by signals that are blocked in
// every thread and waited for in one.
#include <atomic>
#include <chrono>
#include <csignal>
#include <optional>
#include <thread>

namespace feedctl::cli {

// SIGTERM and SIGINT; SIGHUP too for those that reload. Blocked before any thread starts, so that
// only next_signal() sees them.
enum class Reloads { no, yes };
sigset_t block_signals(Reloads reloads);

// The signal of `set` that arrived within `patience`, or 0.
int next_signal(const sigset_t& set, std::chrono::milliseconds patience);

// Ends the process without taking anything down; the log is written, if its reader lets it.
[[noreturn]] void end_now(int code);

// From its making on the process is on its way out: a further SIGTERM or SIGINT ends it at once
// (143, 130), and so does the limit (1). Nothing is lost by either.
class LastResort {
 public:
  explicit LastResort(std::optional<std::chrono::milliseconds> limit = std::nullopt);
  ~LastResort();
  LastResort(const LastResort&) = delete;
  LastResort& operator=(const LastResort&) = delete;

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace feedctl::cli
