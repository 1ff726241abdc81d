#include "views/flush_metrics.hpp"

#include <algorithm>

#include "base/time.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::views {

namespace {

void set_gauge(const std::string& name, const std::string& help, std::int64_t value) {
  metrics::gauge(name, help).set(static_cast<double>(value));
}

void count(const char* kind, std::int64_t views) {
  metrics::counter("feedctl_views_flushed_total", "Views and impressions that flushes handled.",
                   {{"result", kind}})
      .add(static_cast<double>(views));
}

void export_lost_window(std::optional<std::chrono::milliseconds> window) {
  const auto seconds = window ? static_cast<double>(window->count()) / 1000 : -1;
  metrics::gauge("feedctl_views_flush_last_run_lost_window_seconds",
                 "Longest time whose counters Redis had lost before the last run; -1: unknown.")
      .set(seconds);
  metrics::counter("feedctl_views_lost_window_seconds_total",
                   "Longest times whose counters Redis had lost, without unknown ones.")
      .add(std::max(seconds, 0.0));
}

}  // namespace

void export_metrics(const FlushReport& report, CounterBuffer& buffer) {
  count("views", report.views);
  count("impressions", report.impressions);
  count("repeated", report.repeated);
  count("expired", report.expired);
  count("orphaned", report.orphaned);
  count("dropped", report.dropped);
  static auto& sizes =
      metrics::histogram("feedctl_views_flush_size", "Views and impressions of a run.", {},
                         {1, 10, 100, 1e3, 1e4, 1e5, 1e6});
  sizes.observe(static_cast<double>(report.views + report.impressions));
  set_gauge("feedctl_views_flush_last_run_rollbacks", "Rollbacks of Redis found by the last run.",
            report.rollbacks);
  set_gauge("feedctl_views_flush_last_run_restarts", "Restarts of Redis found by the last run.",
            report.restarts);
  export_lost_window(report.lost_window);
  set_gauge("feedctl_views_flush_last_run_failed", "Batches that the last run could not apply.",
            report.failed);
  if (report.failed == 0 && !report.stopped) {
    set_gauge("feedctl_views_flush_last_success_timestamp_seconds",
              "When a run last applied everything that was due.", unix_us(now()) / 1'000'000);
  }
  export_pending(buffer);
}

void export_pending(CounterBuffer& buffer) {
  const auto live = buffer.live();
  const auto batches = buffer.batches();
  set_gauge("feedctl_views_pending", "Views and contents with impressions that await a flush.",
            live.views + live.contents);
  set_gauge("feedctl_views_batches", "Batches that no run has applied yet.",
            static_cast<std::int64_t>(batches.size()));
  const auto now_ms = unix_us(now()) / 1000;
  // A batch that the registry had lost has no time of rotation.
  const auto first = std::find_if(batches.begin(), batches.end(),
                                  [](const Batch& batch) { return batch.rotated_at.count() > 0; });
  const auto oldest = first == batches.end() ? now_ms : first->rotated_at.count();
  set_gauge("feedctl_views_oldest_batch_seconds", "Age of the oldest batch that awaits a run.",
            std::max<std::int64_t>(0, now_ms - oldest) / 1000);
}

}  // namespace feedctl::views
