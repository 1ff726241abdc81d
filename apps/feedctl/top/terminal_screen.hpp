#pragma once
// The whole terminal for one program: the alternate screen, without cursor and echo, and the keys.
//
// It restores the terminal when it is destroyed, at a signal that stops or suspends the process,
// and before a crash ends it. One object at a time, for the main thread. While it lives, stop
// signals set a flag, and a second one ends the process.
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace feedctl::cli::live {

enum class Key { none, quit, sort, pause, up, down, resized, other };

class TerminalScreen {
 public:
  // Standard output is a terminal that has a cursor.
  static bool is_available();

  // Error(failed): the terminal gives no access.
  TerminalScreen();
  ~TerminalScreen();
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  struct Size {
    std::size_t width, height;
  };
  Size size() const;

  // Overwrites the screen with these lines in one write. Error(failed), StdoutClosed.
  void draw(const std::vector<std::string>& lines);
  // The next key, or Key::none after `timeout` or a signal.
  Key wait_key(std::chrono::milliseconds timeout);

  // 0, or the first signal that asked the process to stop.
  static int stop_signal();

 private:
  bool has_keys_;
  bool has_hung_up_ = false;  // nobody can press keys any more
  std::string typed_;         // keys that were read and not returned yet
};

}  // namespace feedctl::cli::live
