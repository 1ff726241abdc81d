#pragma once
// Likes and reads of the hot feed over both servers, with a witness: every like that was answered a
// `bound` ago must stand in what is read now.
#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "world.hpp"

namespace feedctl::test {

class Traffic {
 public:
  struct Options {
    std::chrono::milliseconds bound;
    std::chrono::milliseconds pause{2};  // of a writer between two likes
    int most = 1 << 30;                  // likes a writer
    bool may_be_busy = false;            // 503 to a like is no failure
  };
  // Runs until stop(), or until all likes are written.
  Traffic(Site& site, const Options& options);
  ~Traffic() { stop(); }
  void stop();
  bool written() const { return writing_ == 0; }

  std::atomic<int> likes{0}, reads{0}, late{0}, failed{0};
  std::string failures() const;

 private:
  static constexpr int writers = 4, readers = 4;
  void write(int writer);
  void read(int reader);
  void fail(const std::string& what);

  Site& site_;
  const Options options_;
  std::atomic<bool> stop_{false};
  std::atomic<int> writing_{writers};
  std::atomic<std::int64_t> answered_[writers] = {};  // likes of each writer's own post
  mutable std::mutex mutex_;
  std::string failures_;
  std::vector<std::thread> threads_;
};

}  // namespace feedctl::test
