#include "feedctl/top/figures.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "loadtest/number_text.hpp"

namespace feedctl::cli::live {

namespace {

using loadtest::fixed_text;

// Thresholds of the rules for alerts (docs/runbook.md).
constexpr double max_lag_seconds = 30;
constexpr double max_flush_age_seconds = 300;

std::string short_latency(double seconds) {
  auto text = loadtest::latency_text(seconds * 1e6);
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  return text;
}

std::string plural(double count, const std::string& what) {
  return count_or_dash(count) + " " + what + (count == 1 ? "" : "s");
}

double seconds_since(double unix_time, Time now) {
  return static_cast<double>(unix_us(now)) / 1e6 - unix_time;
}

std::string age_of_seconds(double seconds) {
  return age_text(
      std::chrono::nanoseconds(static_cast<std::int64_t>(std::clamp(seconds, 0.0, 1e9) * 1e9)));
}

}  // namespace

std::string per_second(double rate) {
  if (rate < 0.05) return "0";
  if (rate < 99.95) return fixed_text(rate, 1);
  return loadtest::count_text(static_cast<std::uint64_t>(std::llround(std::min(rate, 1e15))));
}

std::string seconds_text(std::optional<double> seconds) {
  if (seconds == 0.0) return "0";
  return seconds ? short_latency(*seconds) : "-";
}

std::string count_or_dash(std::optional<double> count) {
  if (!count || !std::isfinite(*count) || *count < 0) return "-";
  return loadtest::count_text(static_cast<std::uint64_t>(std::llround(std::min(*count, 1e15))));
}

std::string size_or_dash(std::optional<double> bytes) {
  if (!bytes || !std::isfinite(*bytes)) return "-";
  constexpr std::array units{"B", "K", "M", "G", "T"};
  double value = *bytes;
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  return fixed_text(value, unit == 0 || value >= 99.95 ? 0 : 1) + units[unit];
}

std::string share(double fraction) {
  return fixed_text(100 * fraction, 0) + "%";
}

std::string age_text(std::chrono::nanoseconds age) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 2 * 3600) return std::to_string(seconds / 60) + " min";
  if (seconds < 2 * 86400) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86400) + " d";
}

std::string age_or_dash(std::optional<double> unix_time, Time now) {
  return unix_time ? age_of_seconds(seconds_since(*unix_time, now)) : "-";
}

std::string clock_text(Time now) {
  return rfc3339(std::chrono::floor<std::chrono::seconds>(now)).substr(11);
}

std::string interval_text(std::chrono::milliseconds interval) {
  const auto ms = interval.count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

std::vector<Figure> request_figures(const Totals& totals) {
  if (!totals.has_rates) return {{"rates come with the second reading", Style::dim}};
  const auto& total = totals.rates.total;
  return {
      {per_second(total.requests) + "/s"},
      {"p50 " + seconds_text(total.latency.quantile(0.5))},
      {"p99 " + seconds_text(total.latency.quantile(0.99))},
      {"errors " + per_second(total.errors) + "/s", total.errors > 0 ? Style::bad : Style::plain},
      {"refused " + per_second(total.refused) + "/s",
       total.refused > 0 ? Style::warning : Style::plain},
      {"in flight " + count_or_dash(totals.gauges.in_flight)}};
}

std::vector<Figure> cache_figures(const Totals& totals) {
  const auto& rates = totals.rates;
  const auto hit_ratio = rates.hit_ratio();
  std::vector<Figure> figures{{"hits " + (hit_ratio ? loadtest::percent_text(*hit_ratio) : "-")},
                              {"misses " + per_second(rates.cache_misses) + "/s"},
                              {"recomputes " + per_second(rates.recomputes) + "/s"},
                              {"pool wait " + seconds_text(rates.average_pool_wait())}};
  const auto& gauges = totals.gauges;
  if (gauges.pool_busy && gauges.pool_limit)
    figures.push_back(
        {"busy " + count_or_dash(gauges.pool_busy) + " of " + count_or_dash(gauges.pool_limit),
         *gauges.pool_busy >= *gauges.pool_limit ? Style::warning : Style::plain});
  return figures;
}

std::vector<Figure> event_figures(const Totals& totals) {
  const auto& gauges = totals.gauges;
  std::vector<Figure> figures;
  if (gauges.consumer_lag) {
    figures.push_back({"lag " + seconds_text(gauges.consumer_lag),
                       *gauges.consumer_lag > max_lag_seconds ? Style::bad : Style::plain});
    figures.push_back({"waiting " + count_or_dash(gauges.consumer_lag_events)});
  }
  if (totals.working == 0) {
    figures.push_back({"no worker among these", Style::dim});
    return figures;
  }
  // The most telling first: the rest may not fit.
  figures.push_back({"dead " + count_or_dash(gauges.dead_letters),
                     gauges.dead_letters.value_or(0) > 0 ? Style::warning : Style::plain});
  figures.push_back(
      {"jobs " + count_or_dash(gauges.jobs_open) +
       (gauges.oldest_job.value_or(0) > 0 ? " (" + age_of_seconds(*gauges.oldest_job) + ")" : "")});
  figures.push_back({"handled " + per_second(totals.rates.events) + "/s"});
  figures.push_back({"p99 " + seconds_text(totals.rates.event_lag.quantile(0.99))});
  if (!gauges.consumer_lag) figures.push_back({"bus " + count_or_dash(gauges.queue_messages)});
  figures.push_back({count_or_dash(gauges.work_slots) + " slots"});
  return figures;
}

std::vector<Figure> view_figures(const Totals& totals, Time now) {
  const auto& gauges = totals.gauges;
  std::vector<Figure> figures{{"pending " + count_or_dash(gauges.views_pending)}};
  if (gauges.last_flush) {
    const bool is_stale = seconds_since(*gauges.last_flush, now) > max_flush_age_seconds;
    figures.push_back({"last flush " + age_or_dash(gauges.last_flush, now) + " ago",
                       is_stale ? Style::bad : Style::plain});
  } else {
    figures.push_back({"last flush not known: see --textfile", Style::dim});
  }
  figures.push_back({"impressions " + count_or_dash(gauges.impressions_pending)});
  return figures;
}

std::vector<Figure> index_figures(const Totals& totals) {
  const auto& gauges = totals.gauges;
  if (totals.serving == 0) return {{"no server among these", Style::dim}};
  const bool are_all_ready = totals.index_ready == totals.serving;
  std::vector<Figure> figures{
      {"ready " + std::to_string(totals.index_ready) + " of " + std::to_string(totals.serving),
       are_all_ready ? Style::plain : Style::warning},
      {plural(gauges.index_posts.value_or(0), "post")},
      {plural(gauges.index_users.value_or(0), "reader")},
      {size_or_dash(gauges.index_bytes)},
      {"fragments " + size_or_dash(gauges.fragment_bytes)}};
  if (gauges.partitions_ahead)
    figures.push_back({"log " + count_or_dash(std::max(*gauges.partitions_ahead, 0.0)) + " d",
                       *gauges.partitions_ahead < 2 ? Style::bad : Style::plain});
  return figures;
}

std::vector<Figure> dependency_figures(const Totals& totals) {
  if (totals.dependencies.empty()) return {{"not known", Style::dim}};
  std::vector<Figure> figures;
  for (const auto& dependency : totals.dependencies) {
    figures.push_back({dependency.name + (dependency.is_up ? " up" : " down") +
                           (dependency.detail.empty() ? "" : " (" + dependency.detail + ")"),
                       dependency.is_up ? Style::good : Style::bad});
  }
  return figures;
}

std::vector<Figure> job_figures(const Totals& totals, Time now) {
  std::vector<Figure> figures;
  for (const auto& [name, job] : totals.gauges.jobs) {
    const bool has_failed = job.exit_code.value_or(0) != 0;
    auto text = name + " " + age_or_dash(job.last_success, now) + " ago";
    if (has_failed) text += ", exit code " + count_or_dash(job.exit_code);
    figures.push_back({std::move(text), has_failed ? Style::bad : Style::plain});
  }
  return figures;
}

}  // namespace feedctl::cli::live
