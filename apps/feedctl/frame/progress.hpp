#pragma once
// How far a long command is, on standard error: a bar with rate and time left on a terminal, else a
// line every 10 s; SIGUSR1 prints one now. While it lives, signals that would end the process only
// raise interrupted(), so that the command can stop at a safe point (frame/signals.hpp).
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace feedctl::cli {

class Runtime;

// While one lives, signals that stop a command are caught: SIGINT, SIGTERM, SIGQUIT, the second of
// which ends it at once; SIGHUP; those of timers. Not what the parent has ignored (nohup). At most
// one at a time.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  static bool raised();
  // Of the first one: 130, 143, .. Good also once none lives any more.
  static int exit_code();

 private:
  std::vector<int> caught_;
};

// While one lives, a signal that ends the process leaves this line on standard error before it
// does. For work whose every step rolls back by itself. At most one at a time.
class LineAtEnd {
 public:
  explicit LineAtEnd(const char* line);  // with its newline
  ~LineAtEnd();
  LineAtEnd(const LineAtEnd&) = delete;
  LineAtEnd& operator=(const LineAtEnd&) = delete;

 private:
  std::vector<int> caught_;
};

class Progress {
 public:
  // `total` 0: not known. `unit`: "posts".
  Progress(const Runtime& runtime, std::string what, std::string unit, std::int64_t total);
  ~Progress();  // leaves the terminal's line clean

  // From the one thread that works; cheap enough for every row.
  void advance(std::int64_t by = 1);
  void set_total(std::int64_t total) { total_ = total; }
  void phase(std::string what);
  bool interrupted() const { return Interrupts::raised(); }
  std::int64_t done() const { return done_; }
  // The last line, with the whole time: "4,000 posts in 1.2s (3,333/s)".
  void finish();

  // "42% 4,200/10,000 posts 1,050/s 5s left"; for tests.
  static std::string describe(const std::string& what, const std::string& unit, std::int64_t done,
                              std::int64_t total, std::chrono::milliseconds elapsed);

 private:
  using Clock = std::chrono::steady_clock;
  void show(bool line);

  const Runtime& runtime_;
  Interrupts interrupts_;
  std::string what_;
  std::string unit_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  bool bar_;
  bool drawn_ = false;
  Clock::time_point began_ = Clock::now();
  Clock::time_point shown_ = Clock::now();
};

}  // namespace feedctl::cli
