// feedctl flush-views: moves view counters from Redis to PostgreSQL, once or as a daemon.
#include <signal.h>

#include <string_view>
#include <vector>

#include "base/backoff.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/log_throttle.hpp"
#include "feedctl/cli/daemon_signals.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/job_textfile.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/progress.hpp"
#include "feedctl/cli/signals.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/cli/systemd.hpp"
#include "feedctl/daemon/view_options.hpp"
#include "feedctl/runtime.hpp"
#include "store/database.hpp"
#include "store/installation.hpp"
#include "views/flush.hpp"
#include "views/flush_lock.hpp"
#include "views/flush_metrics.hpp"
#include "views/postgres_flush_store.hpp"
#include "views/redis_counter_buffer.hpp"

namespace feedctl::cli {

namespace {

using namespace std::chrono_literals;

struct FlushFlags {
  std::chrono::milliseconds every{0};  // 0: once
  int rate = 0;
  bool allow_lossy = false;
  std::optional<std::string> textfile;
};

views::FlushOptions options_of(const Runtime& runtime, const FlushFlags& flags) {
  views::FlushOptions options;
  options.allow_lossy = flags.allow_lossy;
  options.on_rollback = app::on_rollback_of(runtime.config());
  options.max_views_per_second = flags.rate;
  return options;
}

const std::vector<std::string_view> metric_families{"feedctl_views_"};

// The buffer, the store and the lock of a flush.
struct Flushing {
  Flushing(Runtime& runtime, const views::FlushOptions& options)
      : buffer(app::flush_redis_options(runtime.config())),
        store(runtime.database(), app::types_by_label(runtime.config())),
        lock(runtime.database_options()),
        flush(buffer, store, options) {}

  views::RedisCounterBuffer buffer;
  views::PostgresFlushStore store;
  views::FlushLock lock;
  views::Flush flush;
};

void print_report(const Runtime& runtime, const views::FlushReport& report) {
  Record record;
  record.add("batches", report.batches).add("posts", report.posts).add("views", report.views);
  record.add("repeated", report.repeated).add("expired", report.expired);
  record.add("contents", report.contents).add("impressions", report.impressions);
  record.add("orphaned", report.orphaned).add("dropped", report.dropped);
  record.add("recovered", report.recovered);
  record.add("waiting", report.waiting).add("failed", report.failed);
  record.add("rollbacks", report.rollbacks).add("restarts", report.restarts);
  record.add("lost_window_ms", report.lost_window ? Cell(std::int64_t{report.lost_window->count()})
                                                  : Cell(std::monostate{}));
  record.print(runtime);
}

int print_waiting(const Runtime& runtime, views::CounterBuffer& buffer) {
  const auto live = buffer.live();
  Record record;
  record.add("views", live.views).add("contents", live.contents);
  record.add("batches", static_cast<std::int64_t>(buffer.batches().size()));
  record.print(runtime);
  return exit_ok;
}

int run_once(Runtime& runtime, const FlushFlags& flags) {
  views::FlushReport report;
  {
    Progress progress(runtime, "flushing views", "views", 0);
    auto options = options_of(runtime, flags);
    options.on_progress = [&](std::int64_t views) { progress.advance(views); };
    options.should_stop = [&] { return progress.is_interrupted(); };
    Flushing flushing(runtime, options);
    flushing.buffer.set_installation(store::installation_id(runtime.database()));
    if (runtime.dry_run()) return print_waiting(runtime, flushing.buffer);
    if (!flushing.lock.try_acquire()) {
      throw Error(ErrorCode::lock_held, "another flush-views is running on this database")
          .with_hint("it flushes everything; for a timer this is no failure");
    }
    report = flushing.flush.run();
    views::export_metrics(report, flushing.buffer);
  }
  print_report(runtime, report);
  if (report.stopped) {
    runtime.notice("stopped; what was not flushed waits in Redis for the next run");
    return InterruptGuard::exit_code();
  }
  return report.failed > 0 ? exit_failed : exit_ok;
}

bool is_stop_pending() {
  sigset_t pending;
  sigpending(&pending);
  for (const int signal : signals_with(Reaction::stop)) {
    if (sigismember(&pending, signal) == 1) return true;
  }
  return false;
}

class FlushDaemon {
 public:
  FlushDaemon(Runtime& runtime, const FlushFlags& flags, const sigset_t& signals)
      : runtime_(runtime), flags_(flags), signals_(signals), flushing_(runtime, options()) {
    if (flags.textfile)
      textfile_.emplace(*flags.textfile, std::string(runtime.command().name), metric_families);
  }

  int run() {
    notify::ready("flushing views");
    for (;;) {
      const auto next = std::chrono::steady_clock::now() + flags_.every;
      const bool done = try_run();
      auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(
          next - std::chrono::steady_clock::now());
      if (!done) pause = std::max(pause, full_jitter(1, 250ms, 1000ms));
      if (const int signal = wait(std::max(pause, 0ms))) return stop(signal);
    }
  }

 private:
  views::FlushOptions options() const {
    auto options = options_of(runtime_, flags_);
    options.is_periodic = true;
    options.wait_for_horizon = false;
    options.should_stop = is_stop_pending;
    return options;
  }

  // False if it failed: what was not flushed waits for the next run.
  bool try_run() {
    const auto start = std::chrono::steady_clock::now();
    try {
      if (!has_installation_) {
        flushing_.buffer.set_installation(store::installation_id(runtime_.database()));
        has_installation_ = true;
      }
      if (!flushing_.lock.try_acquire()) return true;  // another flush does the work
      const auto report = flushing_.flush.run();
      flushing_.lock.release();
      views::export_metrics(report, flushing_.buffer);
      try_write_textfile(start, report.failed == 0 ? exit_ok : exit_failed);
      return report.failed == 0;
    } catch (const Error& error) {
      flushing_.lock.release();
      if (error.code() != ErrorCode::unavailable) {
        try_write_textfile(start, exit_code_of(error.code()));
        throw;
      }
      if (throttle_.should_log(error.what()))
        log::warning("views are not flushed: " + std::string(error.what()),
                     {{"detail", error.detail()}});
      try_write_textfile(start, exit_code_of(error.code()));
      return false;
    }
  }

  // A full disk must not end the flush.
  void try_write_textfile(std::chrono::steady_clock::time_point start, int exit_code) {
    if (!textfile_) return;
    try {
      textfile_->write(std::chrono::steady_clock::now() - start, exit_code);
    } catch (const Error& error) {
      if (throttle_.should_log(error.what()))
        log::warning("the metrics are not written: " + std::string(error.what()));
    }
  }

  // A stop signal that arrives within `time`, else 0.
  int wait(std::chrono::milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          until - std::chrono::steady_clock::now());
      const int signal = next_signal(signals_, std::max(left, 0ms));
      if (signal != 0 && !is_reload_signal(signal)) return signal;
      if (left <= 0ms) return 0;
    }
  }

  // One more pass, so that a shutdown leaves as little as possible to the next start.
  int stop(int signal) {
    log::info("draining", {{"signal", signal_name(signal)}});
    notify::stopping("flushing what is left");
    try_run();
    log::info("stopped");
    return exit_code_after(signal);
  }

  Runtime& runtime_;
  const FlushFlags& flags_;
  const sigset_t signals_;
  Flushing flushing_;
  std::optional<JobTextfile> textfile_;
  bool has_installation_ = false;
  LogThrottle throttle_{30s};
};

int run_flush_views(Runtime& runtime, const FlushFlags& flags) {
  if (app::counter_redis_url(runtime.config()).empty()) {
    throw Error(ErrorCode::config, "neither views.redis_url nor redis.url is set")
        .with_hint("without Redis serve counts views in PostgreSQL at once: nothing to flush");
  }
  if (flags.every.count() == 0) {
    return run_with_textfile(
        runtime, flags.textfile, [&flags](Runtime& of_run) { return run_once(of_run, flags); },
        metric_families);
  }
  if (runtime.dry_run()) throw Error(ErrorCode::usage, "--dry-run is for a single run");
  const auto signals = block_signals();
  log::write_behind();
  return FlushDaemon(runtime, flags, signals).run();
}

}  // namespace

CommandFn flush_views(Spec& spec) {
  auto flags = std::make_shared<FlushFlags>();
  spec.about(
      "Moves view counters from Redis to PostgreSQL, each exactly once: unique views of posts and "
      "impressions of page contents. Batches that a crashed run left are finished first. A single "
      "run, for cron or a systemd timer, waits three seconds until Redis has its youngest batch on "
      "disk. With --every it stays and flushes at that interval.\n\n"
      "It refuses a Redis that may lose counters (no append-only file, an eviction policy that "
      "takes any key) and names the setting. The exit code is 75 while another run holds the lock; "
      "that is no failure of a timer.");
  spec.example("once, from cron or a timer", "feedctl flush-views");
  spec.example("every second, as a daemon", "feedctl flush-views --every 1s");
  spec.example("what waits", "feedctl flush-views --dry-run");
  spec.example("with metrics for node_exporter",
               "feedctl flush-views --textfile /var/lib/node_exporter/feedctl_views.prom");
  spec.value("--every", "DURATION", "stay, and flush at this interval", &flags->every)
      .between(100, 3'600'000)
      .shown_default("once");
  spec.value("--rate", "VIEWS", "maximum views per second; 0: no limit", &flags->rate)
      .between(0, 100'000'000);
  spec.flag("--allow-lossy", "also flush a Redis that may lose counters", &flags->allow_lossy);
  spec.key("--on-rollback", "views.on_rollback");
  offer_textfile(spec, &flags->textfile);
  spec.offer_dry_run();
  spec.see_also({"serve", "verify", "doctor"});
  return [flags](Runtime& runtime) { return run_flush_views(runtime, *flags); };
}

}  // namespace feedctl::cli
