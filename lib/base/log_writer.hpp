#pragma once
// The writer of log lines to a descriptor whose reader may be slow, stopped or gone. At first each
// caller writes its own lines. After write_behind() one thread writes, in order, and callers only
// append to a buffer of 1 MiB: no caller waits for the reader. A full buffer drops lines, those of
// info and debug first; a later line reports the loss. Writes whole lines, up to 4 KiB at a time,
// so that other processes may write to the same pipe or file. Thread-safe. Ignores errors of the
// descriptor.
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/log.hpp"

namespace feedctl::log {

class Writer {
 public:
  static constexpr std::size_t capacity = std::size_t{1} << 20;
  // Above it only warnings and errors are kept.
  static constexpr std::size_t capacity_for_info = capacity / 4 * 3;

  // Formats a message of the writer itself as a whole line.
  using Notice = std::function<std::string(std::string_view message)>;

  Writer(int fd, Notice notice) : fd_(fd), notice_(std::move(notice)) {}
  ~Writer();  // waits for the reader; the global writer is never destroyed
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // One or more whole lines, kept together.
  void write(Level level, std::string_view lines);
  // Without a thread callers write as before.
  void write_behind();
  // Waits until all earlier lines are written or lost; false after `timeout`.
  bool flush(std::chrono::milliseconds timeout);
  // Lines lost because the buffer was full or a write failed.
  std::uint64_t dropped(Level level) const { return dropped_[static_cast<std::size_t>(level)]; }

 private:
  struct Entry {
    std::size_t size;
    Level level;
  };
  struct Batch {
    std::string text;
    std::vector<Entry> entries;
  };

  bool enqueue(Level level, std::string_view lines);
  void count_dropped(Level level) { ++dropped_[static_cast<std::size_t>(level)]; }
  void run();
  void write_batch(const Batch& batch);
  void report_losses();
  int write_text(std::string_view text);
  int write_all(std::string_view text);

  const int fd_;
  const Notice notice_;
  std::array<std::atomic<std::uint64_t>, 5> dropped_{};

  std::mutex mutex_;
  std::condition_variable work_, done_;
  std::thread thread_;
  bool idle_ = false;
  bool stopping_ = false;
  int flushing_ = 0;
  Batch pending_;
  std::size_t in_flight_ = 0;                // bytes at the thread
  std::uint64_t added_ = 0, delivered_ = 0;  // entries
  std::uint64_t unreported_drops_ = 0;       // for the next report

  // Owned by the writing thread; before it exists, guarded by the mutex.
  bool partial_line_ = false;  // the last line was not written to its end
  std::uint64_t drops_to_report_ = 0, failures_to_report_ = 0;
  int error_ = 0;
};

}  // namespace feedctl::log
