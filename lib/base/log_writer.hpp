#pragma once
// Where the log's lines go: a descriptor whose reader may be slow, stopped or gone. At first a line
// is written by whoever has one. From write_behind() on one thread writes, in order, and everybody
// else only puts lines into a buffer of 1 MiB: nobody waits for the reader. Where the buffer is
// full lines are dropped, those of info and debug first, and a line says so once there is room.
// Whole lines, up to 4 KiB of them at a time, so that others may write to the same pipe or file.
// Thread-safe. Never throws for what the descriptor does.
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
  // Beyond that only warnings and errors find room.
  static constexpr std::size_t capacity_for_info = capacity / 4 * 3;

  // Makes a whole line of what the writer itself has to say.
  using Notice = std::function<std::string(std::string_view message)>;

  Writer(int fd, Notice notice) : fd_(fd), notice_(std::move(notice)) {}
  ~Writer();  // waits for the reader: the process's own writer is never destroyed
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // One or more whole lines, kept together.
  void write(Level level, std::string_view lines);
  // Where no thread can be had lines are written as before.
  void write_behind();
  // Waits until all that was put in before is written, or was lost; false where it still is not.
  bool flush(std::chrono::milliseconds patience);
  // Lines that were not written, for want of room or because writing failed.
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

  bool keep(Level level, std::string_view lines);
  void drop(Level level) { ++dropped_[static_cast<std::size_t>(level)]; }
  void run();
  void deliver(const Batch& batch);
  void tell_losses();
  int put(std::string_view text);
  int put_all(std::string_view text);

  const int fd_;
  const Notice notice_;
  std::array<std::atomic<std::uint64_t>, 5> dropped_{};

  std::mutex mutex_;
  std::condition_variable work_, done_;
  std::thread thread_;
  bool idle_ = false;
  bool stopping_ = false;
  int flushing_ = 0;
  Batch waiting_;
  std::size_t in_flight_ = 0;                // bytes that the thread has taken
  std::uint64_t added_ = 0, delivered_ = 0;  // entries
  std::uint64_t late_ = 0;                   // dropped for want of room and not told yet

  // Of whoever writes: the thread, or under the mutex before there is one.
  bool torn_ = false;  // the last line was not written to its end
  std::uint64_t untold_late_ = 0, untold_failed_ = 0;
  int error_ = 0;
};

}  // namespace feedctl::log
