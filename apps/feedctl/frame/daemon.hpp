#pragma once
// How a daemon is told to stop, or to read its configuration again: by signals that are blocked in
// every thread and waited for in one (frame/signals.hpp has the table).
#include <atomic>
#include <chrono>
#include <csignal>
#include <optional>
#include <thread>

namespace feedctl::cli {

// All that would end the process or that asks for something. Blocked before any thread starts, so
// that only next_signal() sees them.
sigset_t block_signals();

// The signal of `set` that arrived within `patience` and asks for something: one that stops the
// daemon, or SIGHUP. Else 0, perhaps early: the others are noted in the log.
int next_signal(const sigset_t& set, std::chrono::milliseconds patience);

// Whether it was SIGHUP.
bool asks_for_reload(int signal);

// What a daemon ends with that has drained since `signal` came: 0 where somebody wanted it to, 128
// and the signal where its time was over.
int exit_code_after(int signal);

// Ends the process without taking anything down; the log is written, if its reader lets it.
[[noreturn]] void end_now(int code);

// From its making on the process is on its way out: a further SIGTERM, SIGINT or SIGQUIT ends it at
// once (143, 130, 131), and so does the limit (1). Nothing is lost by either.
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
