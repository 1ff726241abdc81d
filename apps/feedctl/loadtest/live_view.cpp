#include "feedctl/loadtest/live_view.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "feedctl/cli/interrupts.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

bool is_dumb_terminal() {
  const char* term = std::getenv("TERM");
  return term == nullptr || std::string_view(term) == "dumb";
}

// One column is left free: a terminal may wrap after the last one.
std::size_t error_stream_width() {
  constexpr std::size_t usual_width = 79;
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2) return usual_width;
  return size.ws_col - std::size_t{1};
}

// Clears what was drawn before, and leaves the cursor at its start.
std::string clear_lines(std::size_t count) {
  if (count == 0) return "";
  return "\r\033[" + std::to_string(count) + "A\033[J";
}

}  // namespace

LiveView::LiveView(const Runtime& runtime, std::string title, std::chrono::milliseconds planned)
    : runtime_(runtime),
      status_(std::move(title), planned),
      draws_block_(::isatty(STDERR_FILENO) == 1 && !is_dumb_terminal() && !runtime.common().quiet),
      has_color_(runtime.common().use_color(STDERR_FILENO)) {}

LiveView::~LiveView() {
  finish();
}

void LiveView::show(const loadtest::Interval& interval,
                    const std::optional<loadtest::ServerSample>& sample) {
  constexpr std::uint32_t seconds_between_lines = 10;
  status_.add(interval, sample);
  if (draws_block_ && InterruptGuard::is_raised())
    drawn_lines_ = 0;
  else if (draws_block_)
    draw();
  else if ((interval.second + 1) % seconds_between_lines == 0)
    runtime_.notice(status_.line());
}

void LiveView::draw() {
  const auto lines = status_.lines(error_stream_width());
  std::string out = clear_lines(drawn_lines_);
  for (const auto& line : lines) {
    const bool is_alarm = has_color_ && status_.had_errors() && line.starts_with("  errors");
    out += is_alarm ? "\033[31m" + line + "\033[0m\n" : line + "\n";
  }
  std::fputs(out.c_str(), stderr);
  std::fflush(stderr);
  drawn_lines_ = lines.size();
}

void LiveView::finish() {
  if (InterruptGuard::is_raised()) drawn_lines_ = 0;
  std::fputs(clear_lines(drawn_lines_).c_str(), stderr);
  std::fflush(stderr);
  drawn_lines_ = 0;
}

}  // namespace feedctl::cli
