#pragma once
// The view counters of `serve`: records views and impressions, and flushes them on request. The
// database must outlive it. It keeps no reference to the configuration, which a reload replaces.
// The functions are thread-safe, except start() and close().
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "config/config.hpp"
#include "feed_index/index_updater.hpp"
#include "store/database.hpp"
#include "views/flush.hpp"
#include "views/impression_recorder.hpp"
#include "views/view_recorder.hpp"

namespace feedctl::app {

// As a listener it hears of deleted posts and users, if this process follows the log.
class ViewServices : public feed_index::LogListener {
 public:
  ViewServices(const config::Config& config, store::Database& database);
  ~ViewServices() override;

  views::ViewRecorder& recorder() { return recorder_; }
  views::ImpressionRecorder& impressions() { return impressions_; }

  // One flush, which leaves the youngest impressions to the next one. Error(lock_held) if another
  // runs for longer than two seconds, Error(unavailable) before set_installation() and after
  // stop_flush(); else errors as of views::Flush.
  views::FlushReport flush();
  // A flush that runs ends after its chunk, so that no drain waits for a large backlog.
  void stop_flush() { is_flush_stopped_ = true; }

  void set_installation(const std::string& installation);
  void start() { impressions_.start(); }
  // Records what waits.
  void close();

  void on_events(std::span<const events::Event> events) override { recorder_.on_events(events); }
  void on_gap() override { recorder_.on_gap(); }

 private:
  struct Flushing;
  std::string known_installation() const;

  const redis::PoolOptions flush_redis_;
  const views::OnRollback on_rollback_;
  const std::map<std::string, std::string, std::less<>> types_by_label_;
  store::Database& database_;
  std::string installation_;
  mutable std::mutex mutex_;  // guards installation_
  views::ViewRecorder recorder_;
  views::ImpressionRecorder impressions_;
  std::atomic<bool> is_flush_stopped_{false};
  std::timed_mutex flush_mutex_;        // held by the flush that runs
  std::unique_ptr<Flushing> flushing_;  // guarded by flush_mutex_
};

}  // namespace feedctl::app
