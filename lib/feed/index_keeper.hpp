#pragma once
// Keeps the feed index of this process: loads the recent posts in slices beside a running tail of
// the log, follows the log, loads whom users follow when they are first asked for, and forgets what
// is too old or too much. A thread of its own; everything else may be called from any thread.
//
// Where the database is away, or a standby, the index stays as it is and goes on answering. Where
// the log no longer holds what this process has not seen (it was stopped for days), or may lack
// what it has seen (an older copy was put back, another server has taken over), all is loaded anew.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "events/tail.hpp"
#include "feed/shown.hpp"
#include "index/bounds.hpp"
#include "index/index.hpp"
#include "store/database.hpp"

namespace feedctl::feed {

// Who follows the log beside the index. Called by the keeper's thread; nothing may throw or wait.
class LogListener {
 public:
  virtual ~LogListener() = default;
  virtual void events(std::span<const events::Event> events) = 0;  // about to be published
  // Pages show them now, and all that this sees.
  virtual void published(const events::Snapshot& /*position*/) {}
  // There was more, which nobody can tell any more; from here on nothing is missed. At the start
  // too.
  virtual void lost() = 0;
};

class IndexKeeper {
 public:
  struct Options {
    int days = 30;
    std::size_t bytes = std::size_t{256} << 20;  // posts and sets, half each
    std::chrono::milliseconds poll{10};
    std::vector<LogListener*> listeners = {};  // must outlive it
    std::function<Time()> clock = now;
  };

  // `database` must outlive it: follows are loaded through it, the log over a connection of its
  // own.
  IndexKeeper(store::Database& database, Options options);
  ~IndexKeeper();
  IndexKeeper(const IndexKeeper&) = delete;
  IndexKeeper& operator=(const IndexKeeper&) = delete;

  // A page without any I/O, as index::Index::read; `elsewhere` too for a user whom the definition
  // has shown more than the index has yet.
  void read(Id user, Id before, std::size_t limit, index::Page& page) const;
  // Loads whom the user follows. False: the definition is to answer. Errors as of store::Database.
  bool load(Id user, Deadline deadline);
  // Whether pages show what the token saw.
  bool shows(const events::Token& token) const;
  // read(), with load() where that is needed first. False: the page is not here.
  bool read_or_load(Id user, Id before, std::size_t limit, index::Page& page, Deadline deadline) {
    read(user, before, limit, page);
    if (page.answer == index::Page::Answer::load && load(user, deadline))
      read(user, before, limit, page);
    return page.answer == index::Page::Answer::here;
  }
  // Waits until pages show what the token saw, waking the tail. False: not by then.
  bool wait_for(const events::Token& token, Deadline deadline);
  // The definition has answered this user from `shown`.
  void note(Id user, const events::Snapshot& shown) { shown_.note(user, shown); }

  bool ready() const;
  Id floor() const;  // posts below it are not in memory
  index::Size size() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Writer;  // ports of index/keeping.hpp
  struct Loader;

  void run();
  void begin();
  void begin_tail();
  void follow();
  void begin_anew();
  void catch_up();
  void publish();
  void keep_bounds();
  void report() const;
  bool stopping();
  void pause(std::chrono::milliseconds most);
  bool await(const std::function<bool()>& covered, Deadline deadline);

  store::Database& database_;
  const Options options_;
  const store::Options session_options_;
  mutable index::Epochs epochs_;           // of the index as a whole
  std::shared_ptr<index::Index> current_;  // guarded by mutex_; who loads holds on to it
  std::atomic<index::Index*> index_;       // the same for readers, who hold a pin, but only briefly
  mutable Shown shown_;

  // The thread's.
  std::optional<events::Tail> tail_;
  index::Bounds bounds_;
  std::string published_;  // the position, as text
  Clock::time_point bounds_due_;

  std::mutex mutex_;
  std::condition_variable woken_, advanced_;
  bool poked_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace feedctl::feed
