#pragma once
// Likes and reads of the hot feed over both servers, with a witness: every like that was answered a
// `bound` ago must stand in what is read now.
#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "hot_feed_cluster.hpp"

namespace feedctl::test {

class LikeTraffic {
 public:
  struct Options {
    std::chrono::milliseconds max_staleness;
    std::chrono::milliseconds pause{2};  // of a writer between two likes
    int max_likes_per_writer = 1 << 30;  // likes a writer
  };
  // Runs until stop(), or until all likes are written.
  LikeTraffic(HotFeedCluster& site, const Options& options);
  ~LikeTraffic() { stop(); }
  void stop();
  bool has_finished() const { return active_writers_ == 0; }

  std::atomic<int> likes{0}, reads{0}, late{0}, failed{0};
  std::string failures() const;

 private:
  static constexpr int writers = 4, readers = 4;
  void write(int writer);
  void read(int reader);
  void fail(const std::string& what);

  HotFeedCluster& site_;
  const Options options_;
  std::atomic<bool> stop_{false};
  std::atomic<int> active_writers_{writers};
  std::atomic<std::int64_t> answered_[writers] = {};  // likes of each writer's own post
  mutable std::mutex mutex_;
  std::string failures_;
  std::vector<std::thread> threads_;
};

}  // namespace feedctl::test
