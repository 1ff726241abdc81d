#include "feedctl/top/terminal_screen.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/error.hpp"
#include "feedctl/cli/signals.hpp"
#include "feedctl/cli/stdio.hpp"

namespace feedctl::cli::live {

namespace {

// Alternate screen, no cursor, no wrap after the last column; and back.
constexpr std::string_view enter_sequence = "\033[?1049h\033[?25l\033[?7l\033[2J";
constexpr std::string_view leave_sequence = "\033[0m\033[?7h\033[?25h\033[?1049l";
// Terminals that know this show a frame as a whole; others ignore it.
constexpr std::string_view begin_update = "\033[?2026h", end_update = "\033[?2026l";

// Signal handlers read these, so they are no members.
termios original_modes;
termios raw_modes;
volatile std::sig_atomic_t is_active = 0;
volatile std::sig_atomic_t has_modes = 0;  // standard input is the terminal
volatile std::sig_atomic_t caught_signal = 0;
volatile std::sig_atomic_t was_resized = 0;

void write_now(std::string_view text) noexcept {
  [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
}

// Safe within a signal handler.
void leave_now() noexcept {
  if (!is_active) return;
  is_active = 0;
  write_now(leave_sequence);
  if (has_modes) ::tcsetattr(STDIN_FILENO, TCSANOW, &original_modes);
}

void enter_now() noexcept {
  if (has_modes) ::tcsetattr(STDIN_FILENO, TCSANOW, &raw_modes);
  write_now(enter_sequence);
  is_active = 1;
}

void on_stop(int signal) {
  const int kept = errno;
  if (caught_signal != 0) {
    leave_now();
    ::_exit(128 + signal);
  }
  caught_signal = signal;
  errno = kept;
}

void on_resize(int) {
  was_resized = 1;
}

// Ctrl-Z: the shell gets its terminal back, and the screen returns with the process.
void on_suspend(int signal) {
  const int kept = errno;
  leave_now();
  set_signal_handler(signal, SIG_DFL, 0);
  sigset_t one, before;
  sigemptyset(&one);
  sigaddset(&one, signal);
  ::raise(signal);
  ::pthread_sigmask(SIG_UNBLOCK, &one, &before);  // stops here
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  set_signal_handler(signal, on_suspend, 0);
  enter_now();
  was_resized = 1;
  errno = kept;
}

constexpr std::array crash_signals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGABRT, SIGTRAP};
std::array<struct sigaction, crash_signals.size()> crash_actions;

void on_crash(int signal) {
  leave_now();
  for (std::size_t i = 0; i < crash_signals.size(); ++i) {
    if (crash_signals[i] == signal) ::sigaction(signal, &crash_actions[i], nullptr);
  }
  ::raise(signal);  // takes effect once this handler returns
}

void install_handlers() {
  caught_signal = 0;
  for (const auto reaction : {Reaction::stop, Reaction::time_limit, Reaction::hang_up}) {
    for (const int signal : signals_with(reaction)) {
      if (!is_ignored(signal)) set_signal_handler(signal, on_stop, 0);
    }
  }
  set_signal_handler(SIGWINCH, on_resize, 0);
  if (!is_ignored(SIGTSTP)) set_signal_handler(SIGTSTP, on_suspend, 0);
  for (std::size_t i = 0; i < crash_signals.size(); ++i) {
    struct sigaction action {};
    action.sa_handler = on_crash;
    action.sa_flags = SA_ONSTACK;
    ::sigaction(crash_signals[i], &action, &crash_actions[i]);
  }
}

void remove_handlers() {
  for (const auto reaction : {Reaction::stop, Reaction::time_limit, Reaction::hang_up}) {
    for (const int signal : signals_with(reaction)) {
      if (!is_ignored(signal)) set_signal_handler(signal, SIG_DFL, 0);
    }
  }
  set_signal_handler(SIGWINCH, SIG_DFL, 0);
  if (!is_ignored(SIGTSTP)) set_signal_handler(SIGTSTP, SIG_DFL, 0);
  for (std::size_t i = 0; i < crash_signals.size(); ++i)
    ::sigaction(crash_signals[i], &crash_actions[i], nullptr);
}

// How many bytes the first key of them has.
std::size_t key_length(std::string_view bytes) {
  const bool is_sequence =
      bytes.size() >= 3 && bytes[0] == '\033' && (bytes[1] == '[' || bytes[1] == 'O');
  return is_sequence ? 3 : std::min<std::size_t>(1, bytes.size());
}

Key key_of(std::string_view bytes) {
  if (bytes == "\033[A" || bytes == "\033OA" || bytes == "k") return Key::up;
  if (bytes == "\033[B" || bytes == "\033OB" || bytes == "j") return Key::down;
  if (bytes == "q" || bytes == "Q" || bytes == "\004") return Key::quit;
  if (bytes == "s" || bytes == "S") return Key::sort;
  return bytes == "p" || bytes == "P" || bytes == " " ? Key::pause : Key::other;
}

}  // namespace

bool TerminalScreen::is_available() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && term != nullptr && *term != '\0' &&
         std::string_view(term) != "dumb";
}

TerminalScreen::TerminalScreen() : has_keys_(::isatty(STDIN_FILENO) == 1) {
  has_modes = has_keys_ ? 1 : 0;
  if (has_keys_ && ::tcgetattr(STDIN_FILENO, &original_modes) != 0)
    throw Error(ErrorCode::failed, std::string("the terminal: ") + std::strerror(errno));
  raw_modes = original_modes;
  raw_modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);  // Ctrl-C stays a signal
  raw_modes.c_cc[VMIN] = 1;
  raw_modes.c_cc[VTIME] = 0;
  install_handlers();
  enter_now();
}

TerminalScreen::~TerminalScreen() {
  leave_now();
  remove_handlers();
}

TerminalScreen::Size TerminalScreen::size() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return {80, 24};
  return {size.ws_col, size.ws_row};
}

void TerminalScreen::draw(const std::vector<std::string>& lines) {
  std::string out(begin_update);
  out += "\033[H";
  bool is_first = true;
  for (const auto& line : lines) {
    if (!is_first) out += "\r\n";
    is_first = false;
    out.append(line).append("\033[K");
  }
  out.append("\033[J").append(end_update);
  write_stdout(out);
}

Key TerminalScreen::wait_key(std::chrono::milliseconds timeout) {
  if (typed_.empty()) {
    pollfd input{has_keys_ && !has_hung_up_ ? STDIN_FILENO : -1, POLLIN, 0};
    const int ready = ::poll(&input, 1, static_cast<int>(timeout.count()));
    if (was_resized) {
      was_resized = 0;
      return Key::resized;
    }
    if (ready <= 0) return Key::none;
    std::array<char, 16> bytes;
    const auto got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) has_hung_up_ = true;
    if (got <= 0) return Key::none;
    typed_.assign(bytes.data(), static_cast<std::size_t>(got));
  }
  const auto length = key_length(typed_);
  const auto key = key_of(std::string_view(typed_).substr(0, length));
  typed_.erase(0, length);
  return key;
}

int TerminalScreen::stop_signal() {
  return caught_signal;
}

}  // namespace feedctl::cli::live
