#include "feedctl/frame/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <bitset>
#include <csignal>
#include <cstdio>
#include <string>

#include "feedctl/frame/exit_codes.hpp"
#include "feedctl/frame/last_words.hpp"
#include "feedctl/frame/signals.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

volatile std::sig_atomic_t caught = 0;
volatile std::sig_atomic_t wanted = 0;

// A terminal that goes says so twice, and a timer again and again.
bool counts_once(int signal) {
  return reaction_to(signal) != Reaction::stop;
}

void on_interrupt(int signal) {
  // The second one means now.
  if (caught != 0 && counts_once(signal)) return;
  if (caught != 0) ::_exit(128 + signal);
  caught = signal;
  say_now({"\nstopping at the next safe point; once more ends it at once\n"});
}

void on_usr1(int) {
  wanted = 1;
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

const char* volatile line_at_end = "";

void on_end(int signal) {
  say_now({line_at_end});
  handle(signal, SIG_DFL);
  ::raise(signal);  // once the handler has returned
}

// What an Interrupts that has ended made the process ignore, rather than its parent.
std::bitset<NSIG> ignored_here;

bool is_left_alone(int signal) {
  return is_handled_elsewhere(signal) ||
         (is_ignored(signal) && !ignored_here[static_cast<std::size_t>(signal)]);
}

// Those that were caught: not what others handle, nor what a parent has ignored, such as SIGHUP
// under nohup.
std::vector<int> catch_all(void (*handler)(int)) {
  std::vector<int> caught_now;
  for (const auto reaction : {Reaction::stop, Reaction::limit, Reaction::hang_up}) {
    for (const int signal : signals_with(reaction)) {
      if (is_left_alone(signal)) continue;
      handle(signal, handler);
      caught_now.push_back(signal);
    }
  }
  return caught_now;
}

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string seconds(double value) {
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

}  // namespace

Interrupts::Interrupts() {
  caught = 0;
  caught_ = catch_all(on_interrupt);
}

Interrupts::~Interrupts() {
  for (const int signal : caught_) {
    const bool ignored = caught != 0 && counts_once(signal);
    handle(signal, ignored ? SIG_IGN : SIG_DFL);
    ignored_here[static_cast<std::size_t>(signal)] = ignored;
  }
}

LineAtEnd::LineAtEnd(const char* line) {
  line_at_end = line;
  caught_ = catch_all(on_end);
}

LineAtEnd::~LineAtEnd() {
  for (const int signal : caught_) handle(signal, SIG_DFL);
}

bool Interrupts::raised() {
  return caught != 0;
}
int Interrupts::exit_code() {
  return caught == 0 ? exit_ok : 128 + caught;
}

Progress::Progress(const Runtime& runtime, std::string what, std::string unit, std::int64_t total)
    : runtime_(runtime),
      what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      bar_(::isatty(STDERR_FILENO) == 1 && !runtime.common().quiet) {
  handle(SIGUSR1, on_usr1);
}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  handle(SIGUSR1, SIG_IGN);
}

std::string Progress::describe(const std::string& what, const std::string& unit, std::int64_t done,
                               std::int64_t total, std::chrono::milliseconds elapsed) {
  const double taken = std::max(0.001, static_cast<double>(elapsed.count()) / 1000);
  const double rate = static_cast<double>(done) / taken;
  std::string out = what + ": ";
  if (total > 0)
    out += std::to_string(100 * done / total) + "% " + grouped(done) + "/" + grouped(total);
  else
    out += grouped(done);
  out += " " + unit + " " + grouped(static_cast<std::int64_t>(rate)) + "/s";
  if (total > done && rate > 0)
    out += " " + seconds(static_cast<double>(total - done) / rate) + " left";
  return out;
}

void Progress::show(bool line) {
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
  const auto text = describe(what_, unit_, done_, total_, elapsed);
  if (!bar_) return runtime_.say(text);
  if (line) {
    std::fprintf(stderr, "\r\033[K%s\n", text.c_str());
    drawn_ = false;
    return;
  }
  constexpr std::int64_t cells = 20;
  std::string bar;
  for (std::int64_t i = 0; total_ > 0 && i < cells; ++i)
    bar += i * total_ < done_ * cells ? '#' : '.';
  std::fprintf(stderr, "\r\033[K%s%s%s", bar.c_str(), bar.empty() ? "" : " ", text.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void Progress::advance(std::int64_t by) {
  done_ += by;
  if (wanted != 0) {
    wanted = 0;
    show(true);
  }
  const auto now = Clock::now();
  if (now - shown_ < (bar_ ? std::chrono::milliseconds{100} : std::chrono::milliseconds{10000}))
    return;
  shown_ = now;
  show(false);
}

void Progress::phase(std::string what) {
  if (drawn_) show(true);
  what_ = std::move(what);
  done_ = 0;
  began_ = Clock::now();
}

void Progress::finish() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
  const double taken = std::chrono::duration<double>(Clock::now() - began_).count();
  std::string text = what_ + ": " + grouped(done_) + " " + unit_ + " in " + seconds(taken);
  if (done_ > 0 && taken > 0.001)
    text += " (" + grouped(static_cast<std::int64_t>(static_cast<double>(done_) / taken)) + "/s)";
  runtime_.say(text);
}

}  // namespace feedctl::cli
