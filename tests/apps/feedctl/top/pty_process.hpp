#pragma once
// feedctl in a pseudo-terminal of its own, and the screen that a terminal would show. Killed in the
// destructor if it still runs. Thread-safe.
#include <termios.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace feedctl::test_top {

// A terminal's screen, as far as feedctl uses it. An escape sequence that it does not know is a
// failure, since then the test does not know what a terminal shows.
class TerminalModel {
 public:
  TerminalModel(std::size_t width, std::size_t height) : width_(width), height_(height) { clear(); }

  void resize(std::size_t width, std::size_t height);
  void feed(std::string_view bytes);

  std::vector<std::string> lines() const;  // without the spaces at their ends
  std::string text() const;
  bool is_alternate = false, is_cursor_shown = true, wraps = true;
  bool has_color = false;    // any sequence of colours came
  bool is_overfull = false;  // a line was longer than the screen is wide
  std::string unknown;       // the first sequence that is not known

 private:
  void clear();
  void put(std::string_view code_point);
  void escape(std::string_view parameters, char final);

  std::size_t width_, height_, row_ = 0, column_ = 0;
  std::vector<std::vector<std::string>> cells_;
  std::string rest_;  // the beginning of a sequence
};

class PtyProcess {
 public:
  // `environment`: "NAME=value" sets, "NAME" alone removes; TERM is xterm-256color.
  PtyProcess(const std::vector<std::string>& arguments, std::size_t width, std::size_t height,
             const std::vector<std::string>& environment = {});
  PtyProcess(const PtyProcess&) = delete;
  PtyProcess& operator=(const PtyProcess&) = delete;
  ~PtyProcess();

  pid_t pid() const { return pid_; }
  void type(std::string_view keys);
  void resize(std::size_t width, std::size_t height);
  // Waits until the screen is as `condition` wants it; false: it does not become so.
  bool wait_for(const std::function<bool(const TerminalModel&)>& condition);
  bool wait_for_text(const std::string& text);
  bool wait_without_text(const std::string& text);
  TerminalModel screen() const;
  // The exit code, 128 + signal where one ended it; nullopt: it does not end.
  std::optional<int> wait_exit();
  bool is_suspended() const;
  // The modes of the terminal now, and before the process began.
  termios modes() const;
  const termios& modes_before() const { return modes_before_; }

 private:
  void read();

  int terminal_ = -1, other_side_ = -1;
  pid_t shell_ = -1, pid_ = -1;
  bool has_ended_ = false;
  termios modes_before_{};
  mutable std::mutex mutex_;
  TerminalModel model_;
  std::jthread reader_;
};

}  // namespace feedctl::test_top
