#include "pty_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "support/eventually.hpp"
#include "support/process.hpp"

namespace feedctl::test_top {

namespace {

std::size_t sequence_length(unsigned char first) {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

void set_environment(const std::vector<std::string>& environment) {
  ::setenv("TERM", "xterm-256color", 1);
  for (const auto* name :
       {"NO_COLOR", "FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL", "COLUMNS", "LINES"})
    ::unsetenv(name);
  for (const auto& entry : environment) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos)
      ::unsetenv(entry.c_str());
    else
      ::setenv(entry.substr(0, equals).c_str(), entry.substr(equals + 1).c_str(), 1);
  }
}

// The part of a shell: the program in a process group of its own, in the foreground, with a parent
// in the same session. Without one, Ctrl-Z could not suspend it. Never returns.
[[noreturn]] void run_as_shell(const std::vector<char*>& words, int pid_pipe) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setpgid(0, 0);
    ::signal(SIGTTOU, SIG_IGN);
    ::tcsetpgrp(STDIN_FILENO, ::getpid());
    ::signal(SIGTTOU, SIG_DFL);
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  ::signal(SIGHUP, SIG_IGN);
  [[maybe_unused]] const auto written = ::write(pid_pipe, &pid, sizeof pid);
  int status = 0;
  while (::waitpid(pid, &status, 0) != pid) {
  }
  ::_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

}  // namespace

void TerminalModel::clear() {
  cells_.assign(height_, std::vector<std::string>(width_, " "));
  row_ = column_ = 0;
}

void TerminalModel::resize(std::size_t width, std::size_t height) {
  width_ = width;
  height_ = height;
  clear();
}

void TerminalModel::put(std::string_view code_point) {
  if (column_ >= width_) {
    is_overfull = true;
    return;
  }
  if (row_ < height_) cells_[row_][column_] = code_point;
  ++column_;
}

void TerminalModel::escape(std::string_view parameters, char final) {
  if (final == 'm') {
    has_color = true;
  } else if (final == 'H' && parameters.empty()) {
    row_ = column_ = 0;
  } else if (final == 'K' && parameters.empty()) {
    for (auto at = std::min(column_, width_ - 1); row_ < height_ && at < width_; ++at)
      cells_[row_][at] = " ";
  } else if (final == 'J' && (parameters.empty() || parameters == "2")) {
    if (parameters == "2") return clear();
    escape("", 'K');
    for (auto row = row_ + 1; row < height_; ++row) cells_[row].assign(width_, " ");
  } else if (parameters == "?1049" || parameters == "?25" || parameters == "?7" ||
             parameters == "?2026") {
    const bool is_set = final == 'h';
    if (parameters == "?1049") is_alternate = is_set;
    if (parameters == "?25") is_cursor_shown = is_set;
    if (parameters == "?7") wraps = is_set;
    if (parameters == "?1049") clear();
  } else if (unknown.empty()) {
    unknown = "CSI " + std::string(parameters) + final;
  }
}

void TerminalModel::feed(std::string_view bytes) {
  rest_ += bytes;
  std::string_view text = rest_;
  while (!text.empty()) {
    const auto c = text.front();
    if (c == '\033') {
      if (text.size() < 2) break;
      const auto end =
          std::find_if(text.begin() + 2, text.end(), [](char x) { return x >= 0x40 && x <= 0x7e; });
      if (end == text.end()) break;
      const auto size = static_cast<std::size_t>(end - text.begin());
      if (text[1] == '[')
        escape(text.substr(2, size - 2), *end);
      else if (unknown.empty())
        unknown = "ESC " + std::string(1, text[1]);
      text.remove_prefix(size + 1);
    } else if (c == '\r') {
      column_ = 0;
      text.remove_prefix(1);
    } else if (c == '\n') {
      // The main screen scrolls; the alternate one must never.
      if (row_ + 1 < height_) ++row_;
      text.remove_prefix(1);
    } else {
      const auto length = sequence_length(static_cast<unsigned char>(c));
      if (text.size() < length) break;
      put(text.substr(0, length));
      text.remove_prefix(length);
    }
  }
  rest_ = std::string(text);
}

std::vector<std::string> TerminalModel::lines() const {
  std::vector<std::string> lines;
  for (const auto& row : cells_) {
    std::string line;
    for (const auto& cell : row) line += cell;
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string TerminalModel::text() const {
  std::string text;
  for (const auto& line : lines()) text += line + "\n";
  return text;
}

PtyProcess::PtyProcess(const std::vector<std::string>& arguments, std::size_t width,
                       std::size_t height, const std::vector<std::string>& environment)
    : model_(width, height) {
  winsize size{};
  size.ws_col = static_cast<unsigned short>(width);
  size.ws_row = static_cast<unsigned short>(height);
  if (::openpty(&terminal_, &other_side_, nullptr, nullptr, &size) != 0)
    throw std::runtime_error("openpty");
  ::fcntl(terminal_, F_SETFD, FD_CLOEXEC);
  ::tcgetattr(other_side_, &modes_before_);
  std::vector<std::string> argv{support::feedctl_binary()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  std::vector<char*> words;
  for (auto& word : argv) words.push_back(word.data());
  words.push_back(nullptr);
  int pid_pipe[2];
  if (::pipe2(pid_pipe, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  shell_ = ::fork();
  if (shell_ == 0) {
    ::login_tty(other_side_);
    set_environment(environment);
    run_as_shell(words, pid_pipe[1]);
  }
  ::close(pid_pipe[1]);
  const auto got = ::read(pid_pipe[0], &pid_, sizeof pid_);
  ::close(pid_pipe[0]);
  if (got != sizeof pid_) throw std::runtime_error("the program did not start");
  // This side stays open, so that the terminal's modes can be read after the process has ended.
  ::fcntl(other_side_, F_SETFD, FD_CLOEXEC);
  reader_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) read();
  });
}

PtyProcess::~PtyProcess() {
  if (!has_ended_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(shell_, nullptr, 0);
  }
  reader_.request_stop();
  reader_.join();
  ::close(other_side_);
  ::close(terminal_);
}

void PtyProcess::read() {
  pollfd input{terminal_, POLLIN, 0};
  if (::poll(&input, 1, 20) <= 0) return;
  std::array<char, 4096> bytes;
  const auto got = ::read(terminal_, bytes.data(), bytes.size());
  if (got <= 0) return;
  const std::lock_guard lock(mutex_);
  model_.feed({bytes.data(), static_cast<std::size_t>(got)});
}

void PtyProcess::type(std::string_view keys) {
  if (::write(terminal_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
    throw std::runtime_error("write to the terminal");
}

void PtyProcess::resize(std::size_t width, std::size_t height) {
  winsize size{};
  size.ws_col = static_cast<unsigned short>(width);
  size.ws_row = static_cast<unsigned short>(height);
  const std::lock_guard lock(mutex_);
  model_.resize(width, height);
  ::ioctl(terminal_, TIOCSWINSZ, &size);
}

bool PtyProcess::wait_for(const std::function<bool(const TerminalModel&)>& condition) {
  return support::eventually([&] { return condition(screen()); });
}

bool PtyProcess::wait_for_text(const std::string& text) {
  return wait_for(
      [&](const TerminalModel& model) { return model.text().find(text) != std::string::npos; });
}

bool PtyProcess::wait_without_text(const std::string& text) {
  return wait_for(
      [&](const TerminalModel& model) { return model.text().find(text) == std::string::npos; });
}

TerminalModel PtyProcess::screen() const {
  const std::lock_guard lock(mutex_);
  return model_;
}

std::optional<int> PtyProcess::wait_exit() {
  int status = 0;
  if (!support::eventually([&] { return ::waitpid(shell_, &status, WNOHANG) == shell_; }))
    return std::nullopt;
  has_ended_ = true;
  return WEXITSTATUS(status);  // of the part of the shell
}

bool PtyProcess::is_suspended() const {
  std::ifstream in("/proc/" + std::to_string(pid_) + "/stat");
  std::string word;
  in >> word >> word >> word;
  return word == "T";
}

termios PtyProcess::modes() const {
  termios modes{};
  ::tcgetattr(other_side_, &modes);
  return modes;
}

}  // namespace feedctl::test_top
