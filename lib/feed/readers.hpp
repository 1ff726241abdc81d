#pragma once
// The readers of an index: tells the database who was seen, so that rows are kept for them, and
// brings those who were seen last into memory, at the start and when warm-cache asks for it. What
// cannot be done is left: neither is needed for a right page. A thread of its own; thread-safe.
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "feed/index_keeper.hpp"
#include "feed/page_parts.hpp"
#include "feed/recent.hpp"

namespace feedctl::feed {

class Readers : public LogListener {
 public:
  struct Options {
    bool keep_rows = true;  // workers keep rows for who is seen
    int warm = 10'000;      // readers at the start
  };
  Readers(store::Database& database, Options options);
  ~Readers() override;
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  // Both must outlive it. Not before this is anything done.
  void start(IndexKeeper& keeper, PageParts& parts);
  // Ends its thread.
  void stop();
  // Somebody was answered.
  void saw(Id user);

  void events(std::span<const events::Event> events) override;
  void lost() override {}

 private:
  void run(IndexKeeper& keeper, PageParts& parts);
  void tell(const std::vector<std::int64_t>& users);
  void warm(IndexKeeper& keeper, PageParts& parts, int most);
  bool stopping();

  store::Database& database_;
  const Options options_;
  Recent noted_;

  std::mutex mutex_;
  std::condition_variable woken_;
  std::vector<std::int64_t> seen_;
  int warm_;  // so many are to be brought in
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace feedctl::feed
