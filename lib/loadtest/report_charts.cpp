#include "loadtest/report_charts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "loadtest/number_text.hpp"
#include "loadtest/percentiles.hpp"
#include "loadtest/report_figures.hpp"

namespace feedctl::loadtest {

namespace {

using std::chrono::microseconds;

constexpr std::size_t curve_points = 150;
constexpr std::size_t max_operation_curves = 4;
constexpr std::size_t max_server_charts = 8;
constexpr double gap = std::numeric_limits<double>::quiet_NaN();

std::string us_text(double us) {
  return latency_text(us);
}
std::string mebibytes_text(double mebibytes) {
  return fixed_text(mebibytes, 0) + " MiB";
}

std::vector<ChartBand> bands_of(const LoadResult& result) {
  std::vector<ChartBand> bands;
  if (result.warm_up.count() > 0) {
    const double end = static_cast<double>(result.warm_up.count()) / 1000;
    bands.push_back({0, end, "warm-up", "warm-up"});
  }
  if (const auto fault = fault_window(result))
    bands.push_back({fault->from, fault->to, "fault", "fault"});
  return bands;
}

Chart time_chart(const LoadResult& result, std::string id, std::string title) {
  Chart chart;
  chart.id = std::move(id);
  chart.title = std::move(title);
  chart.bands = bands_of(result);
  if (!result.intervals.empty()) chart.x_max = result.intervals.back().second;
  return chart;
}

// `value` of each second; seconds that are missing are gaps.
template <typename Items, typename Value>
ChartSeries series_of(std::string name, int style, const Items& items, std::uint32_t max_step,
                      Value value) {
  ChartSeries series{std::move(name), {}, style};
  for (const auto& item : items) {
    const auto x = static_cast<double>(item.second);
    if (!series.points.empty() && x - series.points.back().x > max_step)
      series.points.push_back({series.points.back().x + 1, gap});
    series.points.push_back({x, value(item)});
  }
  return series;
}

template <typename Value>
ChartSeries second_series(std::string name, int style, const LoadResult& result, Value value) {
  return series_of(std::move(name), style, result.intervals, 1, value);
}

ChartSeries percentile_series(std::string name, int style, const LatencyHistogram& histogram) {
  ChartSeries series{std::move(name), {}, style};
  for (const auto& [fraction, us] : RankedLatencies(histogram).curve(curve_points))
    series.points.push_back({-std::log10(1 - fraction), us});
  return series;
}

// The operations with the most requests.
std::vector<const OperationResult*> busiest(const LoadResult& result) {
  std::vector<const OperationResult*> operations;
  for (const auto& operation : result.operations) operations.push_back(&operation);
  std::stable_sort(operations.begin(), operations.end(), [](const auto* a, const auto* b) {
    return request_count(*a) > request_count(*b);
  });
  operations.resize(std::min(operations.size(), max_operation_curves));
  return operations;
}

Chart percentile_chart(const LoadResult& result) {
  const auto sum = total(result);
  const auto& latency = latency_of(sum, result);
  Chart chart;
  chart.id = "percentiles";
  chart.title = "Latency by percentile";
  chart.x_axis = Chart::XAxis::nines;
  chart.y_axis = Chart::YAxis::logarithm;
  chart.format = us_text;
  chart.summary = "Of all operations: p50 " + latency_text(latency.percentile(0.5)) + ", p90 " +
                  latency_text(latency.percentile(0.9)) + ", p99 " +
                  latency_text(latency.percentile(0.99)) + ", p99.9 " +
                  latency_text(latency.percentile(0.999)) + ", highest " +
                  latency_text(latency.max()) + ".";
  chart.series.push_back(percentile_series("all", 0, latency));
  if (result.model == "open")
    chart.series.push_back(percentile_series("all, from sending", 1, sum.service_time));
  int style = 2;
  for (const auto* operation : busiest(result)) {
    if (result.operations.size() > 1)
      chart.series.push_back(
          percentile_series(operation->name, style++, latency_of(*operation, result)));
  }
  return chart;
}

// "highest 210 ms at 1:30".
template <typename Value>
std::string highest_text(const LoadResult& result, std::string (*format)(double), Value value) {
  const auto highest =
      std::max_element(result.intervals.begin(), result.intervals.end(),
                       [&](const Interval& a, const Interval& b) { return value(a) < value(b); });
  if (highest == result.intervals.end()) return "no values";
  return "highest " + format(value(*highest)) + " at " + clock_text(highest->second);
}

Chart latency_chart(const LoadResult& result) {
  auto chart = time_chart(result, "latency", "Latency over time");
  chart.y_axis = Chart::YAxis::logarithm;
  chart.format = us_text;
  const auto add = [&](const char* name, int style, microseconds Interval::*member) {
    chart.series.push_back(second_series(name, style, result, [member](const Interval& second) {
      const auto us = (second.*member).count();
      return us > 0 ? static_cast<double>(us) : gap;  // a second without an answer
    }));
  };
  add("highest", 3, &Interval::max);
  add("p99", 2, &Interval::p99);
  add("p90", 1, &Interval::p90);
  add("p50", 0, &Interval::p50);
  const auto us = [](microseconds Interval::*member) {
    return [member](const Interval& i) { return static_cast<double>((i.*member).count()); };
  };
  chart.summary = "By second: p50 " + highest_text(result, us_text, us(&Interval::p50)) + "; p99 " +
                  highest_text(result, us_text, us(&Interval::p99)) + "; maximum " +
                  highest_text(result, us_text, us(&Interval::max)) + ".";
  return chart;
}

Chart rate_chart(const LoadResult& result) {
  auto chart = time_chart(result, "rate", "Requests a second");
  chart.format = rate_text;
  const auto answers = [](const Interval& i) { return static_cast<double>(i.answers); };
  if (result.model == "open") {
    chart.series.push_back(
        second_series("asked", 1, result, [](const Interval& i) { return i.planned_rate; }));
  }
  chart.series.push_back(second_series("answered", 0, result, answers));
  const double asked = planned_rate(result);
  chart.summary = (asked > 0 ? "Asked for " + rate_text(asked) + " on average; " : std::string()) +
                  "answered without error " + rate_text(ok_rate(total(result), result)) +
                  " on average, " + highest_text(result, rate_text, answers) + ".";
  return chart;
}

Chart error_chart(const LoadResult& result) {
  auto chart = time_chart(result, "errors", "Errors a second");
  chart.format = rate_text;
  chart.y_max = 4;
  const auto errors = [](const Interval& i) { return static_cast<double>(i.errors); };
  chart.series.push_back(second_series("errors", 2, result, errors));
  const auto count = error_count(total(result));
  chart.summary = count == 0 ? "No errors after the warm-up."
                             : count_text(count) + " errors after the warm-up, " +
                                   highest_text(result, rate_text, errors) + ".";
  return chart;
}

Chart in_flight_chart(const LoadResult& result) {
  auto chart = time_chart(result, "in-flight", "Requests under way or waiting for a connection");
  chart.format = rate_text;
  chart.y_max = 4;
  const auto in_flight = [](const Interval& i) { return static_cast<double>(i.in_flight); };
  chart.series.push_back(second_series("requests", 4, result, in_flight));
  chart.summary = "At the end of each second: " + highest_text(result, rate_text, in_flight) + ".";
  return chart;
}

Chart server_chart(const LoadResult& result, const ServerFigure& figure, std::size_t number) {
  constexpr std::uint32_t max_missed_seconds = 10;
  auto chart = time_chart(result, "server-" + std::to_string(number), "Server: " + figure.title);
  // Ticks are round in the unit of the axis.
  const bool is_bytes = figure.name == "rss";
  const double unit = is_bytes ? 1024 * 1024 : 1;
  chart.format = is_bytes ? mebibytes_text : figure.format;
  if (figure.name == "cache_hit_ratio") chart.y_max = 1;
  std::vector<ServerSample> samples;
  for (const auto& sample : result.server) {
    if (sample.values.count(figure.name) > 0) samples.push_back(sample);
  }
  chart.series.push_back(
      series_of(figure.title, 5, samples, max_missed_seconds,
                [&](const ServerSample& sample) { return sample.values.at(figure.name) / unit; }));
  const auto summary = gauge_summary(result, figure.name).value_or(GaugeSummary{});
  chart.summary =
      "At the end " + figure.format(summary.last) + ", peak " + figure.format(summary.peak) + ".";
  return chart;
}

}  // namespace

std::vector<Chart> report_charts(const LoadResult& result) {
  std::vector<Chart> charts;
  if (total(result).latency.count() > 0 || total(result).service_time.count() > 0)
    charts.push_back(percentile_chart(result));
  if (!result.intervals.empty()) {
    charts.push_back(latency_chart(result));
    charts.push_back(rate_chart(result));
    charts.push_back(error_chart(result));
    charts.push_back(in_flight_chart(result));
  }
  std::size_t number = 0;
  for (const auto& figure : server_figures(result, max_server_charts))
    charts.push_back(server_chart(result, figure, ++number));
  return charts;
}

}  // namespace feedctl::loadtest
