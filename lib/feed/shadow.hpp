#pragma once
// Compares some of the pages that memory answers with the definition, beside the requests: the
// whole page, counts and likes too, by its tag. What differs while the definition stands still
// around it, three times, is a divergence: counted, and logged with both lists. Thread-safe.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "feed/feed.hpp"
#include "feed/index_keeper.hpp"
#include "feed/page_parts.hpp"

namespace feedctl::feed {

class Shadow {
 public:
  struct Sample {
    Id user;
    Id before;
    int limit;
  };

  // `share` of all offers is compared: 0..1. What is referred to must outlive it.
  Shadow(double share, store::Database& database, IndexKeeper& keeper, PageParts& parts);
  ~Shadow();
  Shadow(const Shadow&) = delete;
  Shadow& operator=(const Shadow&) = delete;

  // A page was answered. Takes some nanoseconds where it is not chosen; where too many wait it is
  // passed over.
  void offer(const Sample& sample);

 private:
  struct Shown;

  void run();
  void compare(const Sample& sample);
  Shown defined(const Sample& sample);
  bool from_memory(const Sample& sample, const Shown& after, Shown& shown);

  const std::uint64_t chosen_below_;
  store::Database& database_;
  IndexKeeper& keeper_;
  PageParts& parts_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::deque<Sample> waiting_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace feedctl::feed
