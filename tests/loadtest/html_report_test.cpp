#include "loadtest/html_report.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "example_result.hpp"
#include "loadtest/chart_scale.hpp"
#include "loadtest/chart_svg.hpp"
#include "loadtest/downsample.hpp"
#include "loadtest/html_table.hpp"
#include "loadtest/report_charts.hpp"
#include "support/catch.hpp"

namespace feedctl::loadtest {

namespace {

using std::chrono::microseconds;
using testing::example_result;

constexpr double gap = std::numeric_limits<double>::quiet_NaN();

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t count_in(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// The name of the first element that is closed in the wrong order; "": the document is well-formed.
std::string first_unbalanced(const std::string& html) {
  static const std::set<std::string> empty{"meta", "link"};
  std::vector<std::string> open;
  for (auto at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const auto end = html.find('>', at);
    if (end == std::string::npos) return "an open tag";
    const auto tag = html.substr(at + 1, end - at - 1);
    if (tag.front() == '!' || tag.back() == '/') continue;
    if (tag.front() != '/') {
      const auto name = tag.substr(0, tag.find(' '));
      if (empty.count(name) == 0) open.push_back(name);
      continue;
    }
    if (open.empty() || open.back() != tag.substr(1)) return tag;
    open.pop_back();
  }
  return open.empty() ? "" : open.back();
}

const Chart& chart_with(const std::vector<Chart>& charts, const std::string& id) {
  return *std::find_if(charts.begin(), charts.end(), [&](const auto& c) { return c.id == id; });
}

// An hour in which each second differs from the one before.
LoadResult long_run() {
  auto result = example_result({.seconds = 3600});
  for (auto& second : result.intervals) {
    second.p99 += microseconds{second.second * 7919 % 5000};
    second.max += microseconds{second.second * 104729 % 50000};
    second.errors = second.second * 31 % 5;
    second.in_flight = second.second * 131 % 90;
  }
  for (auto& sample : result.server) {
    for (const char* name : {"event_lag", "jobs_open", "dead_letters", "db_pool_wait", "a", "b"})
      sample.values[name] = sample.second * 7919 % 1000 / 1000.0;
  }
  return result;
}

}  // namespace

TEST_CASE("a report is one well-formed page that needs nothing from elsewhere") {
  const auto html = html_report(example_result());
  CHECK(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
  CHECK(first_unbalanced(html) == "");
  for (const char* part : {"<script", "src=", "url(", "@import", "http-equiv=\"refresh"}) {
    INFO(part);
    CHECK_FALSE(has(html, part));
  }
  CHECK(count_in(html, "href=") == 1);
  CHECK(has(html, "href=\"data:,\""));
  CHECK(has(html, "default-src 'none'"));
  CHECK(has(html, "prefers-color-scheme:dark"));
  CHECK(has(html, "width=device-width"));
}

TEST_CASE("the verdict is that of the objectives and of the checks") {
  CHECK(has(html_report(example_result()), "Missed: 1 of 2 objectives."));
  CHECK(has(html_report(example_result({.errors = 0})), "Met: 2 objectives."));
  auto result = example_result({.errors = 0});
  result.findings = {"a post twice"};
  CHECK(has(html_report(result), "class=\"verdict bad\">Wrong answers: 1 found."));
  result.findings.clear();
  result.slos.clear();
  CHECK(has(html_report(result), "No objective was set."));
  result.was_interrupted = true;
  CHECK(has(html_report(result), "The run was interrupted"));
}

TEST_CASE("every picture has a name and a summary") {
  const auto html = html_report(example_result());
  const auto pictures = count_in(html, "<svg role=\"img\"");
  CHECK(pictures == 8);  // percentiles, latency, rate, errors, in flight, and three of the server
  CHECK(count_in(html, "<desc id=") == pictures);
  CHECK(count_in(html, "<svg class=\"key\" aria-hidden=\"true\"") + pictures ==
        count_in(html, "<svg"));
  std::set<std::string> ids;
  for (auto at = html.find(" id=\""); at != std::string::npos; at = html.find(" id=\"", at + 1)) {
    const auto id = html.substr(at + 5, html.find('"', at + 5) - at - 5);
    INFO(id);
    CHECK(ids.insert(id).second);
  }
  CHECK(has(html, "aria-labelledby=\"latency-title latency-summary\""));
  CHECK(has(html, "The curves as a table"));
  CHECK(count_in(html, "<caption>") == count_in(html, "<table>"));
}

TEST_CASE("the time of a fault is shaded") {
  auto result = example_result();
  CHECK_FALSE(has(html_report(result), "<rect class=\"fault\""));
  result.labels["fault_from"] = "20";
  result.labels["fault_to"] = "30";
  const auto html = html_report(result);
  // Seven charts have a time axis; each has the band and its key.
  CHECK(count_in(html, "<rect class=\"fault\"") == 14);
  CHECK(count_in(html, "<rect class=\"warm-up\"") == 14);
}

TEST_CASE("foreign texts are escaped") {
  auto result = example_result();
  const std::string evil = "\"><script>alert(1)</script>&'\x1b\xff";
  result.url = result.mix = result.feedctl_version = evil;
  result.operations[0].name = evil;
  result.labels[evil] = evil;
  result.findings = result.notes = {evil};
  result.slos[0].text = evil;
  for (auto& sample : result.server) sample.values[evil] = 1;
  const auto html = html_report(result);
  CHECK_FALSE(has(html, "<script"));
  CHECK_FALSE(has(html, "\x1b"));
  CHECK_FALSE(has(html, "\xff"));
  CHECK(has(html, "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;??"));
  CHECK(first_unbalanced(html) == "");
}

TEST_CASE("an hour's report is small") {
  CHECK(html_report(long_run()).size() < max_html_report_bytes);
}

TEST_CASE("a report is small whatever its texts and numbers are") {
  auto result = long_run();
  std::string junk;
  while (junk.size() < 2000) junk += "\"'<&>\x1b";
  result.url = result.mix = result.feedctl_version = junk;
  for (int i = 0; i < 300; ++i) {
    const auto name = std::to_string(i) + junk;
    result.labels[name] = junk;
    result.findings.push_back(name);
    result.notes.push_back(name);
    result.slos.push_back({name, 1e300, false});
  }
  result.operations.resize(100, result.operations[0]);
  for (auto& operation : result.operations) operation.name = junk;
  for (auto& sample : result.server) {
    for (int i = 0; i < 10; ++i)
      sample.values[std::to_string(i) + junk.substr(0, 200)] = (i - 5) * 1e300;
  }
  const auto html = html_report(result);
  CHECK(html.size() < max_html_report_bytes);
  CHECK(first_unbalanced(html) == "");
  CHECK(has(html, "and 40 more"));
}

TEST_CASE("a run without requests has a report") {
  LoadResult result;
  result.model = "open";
  CHECK(first_unbalanced(html_report(result)) == "");
  result.operations.resize(1);
  result.operations[0].latency.record(microseconds{5});
  result.intervals.resize(1);
  CHECK(first_unbalanced(html_report(result)) == "");
}

TEST_CASE("curves keep their extremes and gaps when they are reduced") {
  std::vector<ChartPoint> points;
  for (int i = 0; i < 10'000; ++i) points.push_back({static_cast<double>(i), 10 + i % 7 * 0.1});
  points[1234].y = 500;
  points[7777].y = -3;
  points[4000].y = gap;
  const auto reduced = downsample(points, 600);
  CHECK(reduced.size() <= 600);
  CHECK(reduced.size() > 300);
  const auto has_point = [&](double x, double y) {
    return std::any_of(reduced.begin(), reduced.end(),
                       [&](const auto& p) { return p.x == x && p.y == y; });
  };
  CHECK(has_point(1234, 500));
  CHECK(has_point(7777, -3));
  CHECK(std::count_if(reduced.begin(), reduced.end(),
                      [](const auto& p) { return std::isnan(p.y); }) == 1);
  CHECK(std::is_sorted(reduced.begin(), reduced.end(),
                       [](const auto& a, const auto& b) { return a.x < b.x; }));
  CHECK(downsample({{0, 1}, {1, 2}}, 600).size() == 2);
}

TEST_CASE("a second without answers is a gap in the latencies") {
  auto result = example_result();
  auto& silent = result.intervals[20];
  silent.p50 = silent.p90 = silent.p99 = silent.max = {};
  const auto charts = report_charts(result);
  const auto& latency = chart_with(charts, "latency");
  for (const auto& series : latency.series) CHECK(std::isnan(series.points[20].y));
  CHECK_FALSE(has(chart_svg(latency), "nan"));
}

TEST_CASE("the curve of percentiles ends at the highest latency") {
  const auto result = example_result();
  const auto charts = report_charts(result);
  const auto& curve = chart_with(charts, "percentiles").series[0].points;
  const auto sum = total(result);
  CHECK(curve.front().x == 0);
  CHECK(curve.back().y == static_cast<double>(sum.latency.max().count()));
  CHECK(std::abs(curve.back().x - std::log10(static_cast<double>(sum.latency.count()))) < 1e-6);
  CHECK(std::is_sorted(curve.begin(), curve.end(),
                       [](const auto& a, const auto& b) { return a.y < b.y; }));
}

TEST_CASE("no two ticks of a chart have the same label") {
  Chart chart;
  chart.id = "few";
  chart.format = [](double value) { return std::to_string(std::lround(value)); };
  chart.series.push_back({"requests", {{0, 0}, {1, 2}}});
  const auto svg = chart_svg(chart);
  for (const std::string label : {"0", "1", "2"}) {
    const auto text = "text-anchor=\"end\">" + label + "<";
    const auto first = svg.find(text);
    REQUIRE(first != std::string::npos);
    CHECK(svg.find(text, first + 1) == std::string::npos);
  }
}

TEST_CASE("ticks are round and enclose the values") {
  CHECK(linear_ticks(200) == std::vector<double>{0, 50, 100, 150, 200});
  CHECK(linear_ticks(0.9).back() >= 0.9);
  CHECK(linear_ticks(0).size() > 1);
  CHECK(linear_ticks(5e-324).size() < 10);
  CHECK(linear_ticks(1e308).size() < 10);
  const auto log = logarithmic_ticks(150, 30'000);
  CHECK(log.front() <= 150);
  CHECK(log.back() >= 30'000);
  CHECK(log.size() < 12);
  CHECK(logarithmic_ticks(1, 7e9).size() < 12);
  CHECK(clock_ticks(0, 60) == std::vector<double>{0, 10, 20, 30, 40, 50, 60});
  CHECK(clock_ticks(0, 3600).back() == 3600);
  CHECK(clock_ticks(0, 3e7).size() <= 7);
  CHECK(clock_text(90) == "1:30");
  CHECK(clock_text(3661) == "1:01:01");
}

TEST_CASE("an axis has its ticks in short") {
  const auto svg = chart_svg(chart_with(report_charts(example_result()), "rate"));
  CHECK(has(svg, ">100</text>"));
  CHECK(has(svg, ">200</text>"));
  CHECK(has(svg, ">1:00</text>"));
  const auto latency = chart_svg(chart_with(report_charts(example_result()), "latency"));
  CHECK(has(latency, ">5 ms</text>"));
  CHECK(has(latency, ">10 ms</text>"));
  CHECK_FALSE(has(latency, "ms ms"));
}

TEST_CASE("an escaped text is bounded") {
  CHECK(html_text("a<b") == "a&lt;b");
  CHECK(html_text(std::string(1000, '"'), 100).size() <= 203);
  CHECK(html_text(std::string(1000, 'a'), 100) == std::string(100, 'a') + "...");
}

}  // namespace feedctl::loadtest
