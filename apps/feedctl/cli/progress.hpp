#pragma once
// Progress report of a long command on standard error: a bar with rate and remaining time on a
// terminal, else a line every 10 s. SIGUSR1 prints a line at once.
//
// It holds an InterruptGuard, so the command can stop at a safe point. The runtime must outlive it.
// Used from one thread; at most one at a time.
#include <chrono>
#include <cstdint>
#include <string>

#include "feedctl/cli/interrupts.hpp"

namespace feedctl::cli {

class Runtime;

// "12,345".
std::string format_count(std::int64_t number);
// "1.2s", "42s", "2m05s", "1h07m".
std::string format_seconds(double value);

class Progress {
 public:
  // `total` 0: unknown. `unit`: "posts".
  Progress(const Runtime& runtime, std::string what, std::string unit, std::int64_t total);
  ~Progress();  // clears the terminal's line

  // Cheap enough for every row.
  void advance(std::int64_t by = 1);
  void set_total(std::int64_t total) { total_ = total; }
  void start_phase(std::string what);
  // Shown instead of the counts, until it is "" or the phase ends.
  void set_detail(std::string detail) { detail_ = std::move(detail); }
  bool is_interrupted() const { return InterruptGuard::is_raised(); }
  std::int64_t done() const { return done_; }
  // Prints the last line, with the whole time: "4,000 posts in 1.2s (3,333/s)".
  void finish();

  // "42% 4,200/10,000 posts 1,050/s 5s left"; for tests.
  static std::string describe(const std::string& what, const std::string& unit, std::int64_t done,
                              std::int64_t total, std::chrono::milliseconds elapsed);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(bool line);

  const Runtime& runtime_;
  InterruptGuard interrupts_;
  std::string what_;
  std::string unit_;
  std::string detail_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  bool draws_bar_;
  bool is_drawn_ = false;
  Clock::time_point started_at_ = Clock::now();
  Clock::time_point last_shown_at_ = Clock::now();
};

}  // namespace feedctl::cli
