#include "feedctl/cli/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>

#include "base/group_digits.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/signals.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

volatile std::sig_atomic_t requested = 0;

void on_usr1(int) {
  requested = 1;
}

}  // namespace

std::string format_count(std::int64_t number) {
  return group_digits(std::to_string(number));
}

std::string format_seconds(double value) {
  char buffer[64];
  const auto whole = static_cast<long>(value);
  if (value < 10)
    std::snprintf(buffer, sizeof buffer, "%.1fs", value);
  else if (whole < 60)
    std::snprintf(buffer, sizeof buffer, "%lds", whole);
  else if (whole < 3600)
    std::snprintf(buffer, sizeof buffer, "%ldm%02lds", whole / 60, whole % 60);
  else
    std::snprintf(buffer, sizeof buffer, "%ldh%02ldm", whole / 3600, whole % 3600 / 60);
  return buffer;
}

Progress::Progress(const Runtime& runtime, std::string what, std::string unit, std::int64_t total)
    : runtime_(runtime),
      what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      draws_bar_(::isatty(STDERR_FILENO) == 1 && !runtime.common().quiet) {
  set_signal_handler(SIGUSR1, on_usr1, SA_RESTART);
}

Progress::~Progress() {
  if (is_drawn_) std::fputs("\r\033[K", stderr);
  set_signal_handler(SIGUSR1, SIG_IGN, SA_RESTART);
}

std::string Progress::describe(const std::string& what, const std::string& unit, std::int64_t done,
                               std::int64_t total, std::chrono::milliseconds elapsed) {
  const double taken = std::max(0.001, static_cast<double>(elapsed.count()) / 1000);
  const double rate = static_cast<double>(done) / taken;
  std::string out = what + ": ";
  if (total > 0)
    out +=
        std::to_string(100 * done / total) + "% " + format_count(done) + "/" + format_count(total);
  else
    out += format_count(done);
  out += " " + unit + " " + format_count(static_cast<std::int64_t>(rate)) + "/s";
  if (total > done && rate > 0)
    out += " " + format_seconds(static_cast<double>(total - done) / rate) + " left";
  return out;
}

void Progress::draw(bool line) {
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_at_);
  auto text = what_;
  if (!detail_.empty())
    text += ": " + detail_;
  else if (total_ > 0 || done_ > 0)
    text = describe(what_, unit_, done_, total_, elapsed);
  if (!draws_bar_) return runtime_.notice(text);
  if (line) {
    std::fprintf(stderr, "\r\033[K%s\n", text.c_str());
    is_drawn_ = false;
    return;
  }
  constexpr std::int64_t cells = 20;
  std::string bar;
  for (std::int64_t i = 0; total_ > 0 && i < cells; ++i)
    bar += i * total_ < done_ * cells ? '#' : '.';
  if (!detail_.empty()) bar.clear();
  const auto shown = detail_.empty() ? text : text.substr(0, terminal_width() - 1);
  std::fprintf(stderr, "\r\033[K%s%s%s", bar.c_str(), bar.empty() ? "" : " ", shown.c_str());
  std::fflush(stderr);
  is_drawn_ = true;
}

void Progress::advance(std::int64_t by) {
  done_ += by;
  if (requested != 0) {
    requested = 0;
    draw(true);
  }
  const auto now = Clock::now();
  if (now - last_shown_at_ <
      (draws_bar_ ? std::chrono::milliseconds{100} : std::chrono::milliseconds{10000}))
    return;
  last_shown_at_ = now;
  draw(false);
}

void Progress::start_phase(std::string what) {
  if (is_drawn_) draw(true);
  what_ = std::move(what);
  detail_.clear();
  done_ = 0;
  started_at_ = Clock::now();
}

void Progress::finish() {
  if (is_drawn_) std::fputs("\r\033[K", stderr);
  is_drawn_ = false;
  const double taken = std::chrono::duration<double>(Clock::now() - started_at_).count();
  std::string text =
      what_ + ": " + format_count(done_) + " " + unit_ + " in " + format_seconds(taken);
  if (done_ > 0 && taken > 0.001)
    text +=
        " (" + format_count(static_cast<std::int64_t>(static_cast<double>(done_) / taken)) + "/s)";
  runtime_.notice(text);
}

}  // namespace feedctl::cli
