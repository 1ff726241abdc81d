#pragma once
// The load of a drill: the default mix with --check, on a thread of its own, and each answer kept.
//
// The object owns the thread; its end stops the load and waits for it. The main thread uses it.
#include <atomic>
#include <chrono>
#include <future>
#include <memory>

#include "feedctl/loadtest/drill.hpp"
#include "loadtest/answer_recorder.hpp"
#include "loadtest/check_log.hpp"
#include "loadtest/load_result.hpp"
#include "loadtest/mix.hpp"
#include "loadtest/scenario_source.hpp"

namespace feedctl::cli {

class DrillLoad {
 public:
  static constexpr std::chrono::milliseconds warm_up{2'000};

  // Asks the server for users and posts, and reads each user's feed once, so that all are known to
  // it before the fault. Error(unavailable) if it does not answer.
  DrillLoad(const DrillOptions& options, int port, bool may_views_shrink);
  ~DrillLoad();
  DrillLoad(const DrillLoad&) = delete;
  DrillLoad& operator=(const DrillLoad&) = delete;

  // Returns when the load begins, or has failed, which finish() throws.
  void start();
  void stop() { should_stop_ = true; }
  bool is_over() const;
  // From the warm-up's start, within some 0.1 s.
  std::chrono::milliseconds elapsed() const;
  // Shown in the report with the next second.
  void set_backlog(std::int64_t events) { backlog_ = events; }

  // Waits for the end of the load, then compares the checker's posts. What run_load() throws.
  loadtest::LoadResult finish();
  const loadtest::AnswerLog& answers() const { return answers_; }
  const loadtest::CheckLog& checks() const { return checks_; }

 private:
  class Observer;
  std::unique_ptr<loadtest::RequestSource> make_source(int thread);
  loadtest::LoadResult run();

  const DrillOptions options_;
  const int port_;
  const bool may_views_shrink_;
  loadtest::AnswerLog answers_;
  loadtest::CheckLog checks_;
  std::shared_ptr<const loadtest::Mix> mix_;
  std::shared_ptr<const loadtest::UserPool> users_;
  loadtest::KnownIds known_;
  std::atomic<bool> should_stop_{false};
  std::atomic<bool> has_source_{false};  // the engine begins next
  std::atomic<std::int64_t> backlog_{0};
  loadtest::Clock::time_point started_at_{};
  std::future<loadtest::LoadResult> result_;
};

}  // namespace feedctl::cli
