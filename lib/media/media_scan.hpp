#pragma once
// What `media gc` and `media verify` share: one run at a time, the cursor that a later run resumes
// at, and a limit of the rate. Internal to lib/media. Used from one thread.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/ids.hpp"
#include "store/advisory_lock.hpp"
#include "store/database.hpp"

namespace feedctl::media {

// "posts:posts/7/..": the phase, and the last key or id of it that is done; "" is the beginning.
struct ScanCursor {
  std::string phase;
  std::string after;

  std::string text() const { return phase.empty() ? "" : phase + ':' + after; }
  static ScanCursor parse(const std::string& text);
  Id after_id() const;  // 0: none
};

class MediaScan {
 public:
  struct Options {
    const char* name;  // "gc", "verify"
    bool resume = false;
    bool dry_run = false;       // saves no cursor
    std::int64_t max_rate = 0;  // a second; 0: no limit
    std::function<bool()> should_stop;
  };
  // Error(lock_held): another one runs. Error(failed): there is nothing to resume.
  MediaScan(store::Database& database, Options options);

  // Where to begin. From the beginning, too, where another version of the program left a phase that
  // is none of these.
  template <typename Phases>
  ScanCursor begin_in(const Phases& phases) const {
    const auto is_begun = [this](const auto& phase) { return begin_.phase == phase.name; };
    return std::any_of(phases.begin(), phases.end(), is_begun) ? begin_ : ScanCursor{};
  }
  bool should_stop() const { return options_.should_stop && options_.should_stop(); }
  // Error(unavailable) once the lock was lost with its connection.
  void save(const ScanCursor& cursor);
  void finish();
  // Waits until so many more may be done, or until the run is to stop.
  void throttle(std::int64_t done);

 private:
  using Clock = std::chrono::steady_clock;
  void save(const std::string& cursor, bool is_finished);

  store::Database& database_;
  const Options options_;
  store::AdvisoryLock lock_;
  ScanCursor begin_;
  const Clock::time_point started_at_ = Clock::now();
  std::int64_t done_ = 0;
};

}  // namespace feedctl::media
