#include "loadtest/html_report.hpp"

#include <algorithm>

#include "loadtest/html_style.hpp"
#include "loadtest/html_table.hpp"
#include "loadtest/number_text.hpp"
#include "loadtest/report_charts.hpp"
#include "loadtest/report_figures.hpp"

namespace feedctl::loadtest {

namespace {

constexpr std::size_t max_operation_rows = 60;
constexpr std::size_t max_slo_rows = 60;
constexpr std::size_t max_findings = 100;
constexpr std::size_t max_notes = 30;
constexpr std::size_t max_labels = 40;
constexpr std::size_t max_time_rows = 60;
constexpr std::size_t max_server_rows = 24;
constexpr std::size_t max_sentence_bytes = 200;

void append_more(std::string& out, std::size_t shown, std::size_t all) {
  if (all > shown) out += "<p class=\"soft\">and " + count_text(all - shown) + " more</p>\n";
}

std::string latency_or_none(const LatencyHistogram& latency, double fraction) {
  return latency.count() == 0 ? "-" : latency_text(latency.percentile(fraction));
}

std::string objectives(std::size_t count) {
  return count_text(count) + (count == 1 ? " objective" : " objectives");
}

// -- head

void append_head(std::string& out, const LoadResult& result) {
  const auto url = html_text(result.url, 300);
  out +=
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'\"><link rel=\"icon\" href=\"data:,\"><title>Load test of " +
      url + "</title><style>";
  out += html_style;
  out += "</style></head>\n<body><main>\n<header><h1>Load test of " + url +
         "</h1><p class=\"soft\">mix " + html_text(result.mix) + ", " + html_text(result.model) +
         " model, " + duration_text(result.duration) + " measured after " +
         duration_text(result.warm_up) + " of warm-up, started at " +
         rfc3339(std::chrono::floor<std::chrono::seconds>(result.started_at)) + "</p></header>\n";
}

struct VerdictText {
  const char* css_class;
  std::string text;
};

VerdictText verdict_of(const LoadResult& result) {
  const auto missed = static_cast<std::size_t>(std::count_if(
      result.slos.begin(), result.slos.end(), [](const auto& s) { return !s.is_met; }));
  std::string text;
  if (!result.findings.empty())
    text += "Wrong answers: " + count_text(result.findings.size()) + " found. ";
  if (missed > 0)
    text += "Missed: " + count_text(missed) + " of " + objectives(result.slos.size()) + ".";
  if (!text.empty()) return {"verdict bad", text};
  if (result.slos.empty()) return {"verdict", "No objective was set."};
  return {"verdict good", "Met: " + objectives(result.slos.size()) + "."};
}

void append_verdict(std::string& out, const LoadResult& result) {
  const auto [css_class, text] = verdict_of(result);
  out += "<p class=\"" + std::string(css_class) + "\">" + text + "</p>\n";
  if (result.was_interrupted)
    out +=
        "<p class=\"warning\">The run was interrupted: the figures are of a part of the plan."
        "</p>\n";
  for (const auto& warning : generator_warnings(result))
    out += "<p class=\"warning\">" + html_text(warning, 500) + "</p>\n";
}

void append_tile(std::string& out, const std::string& title, const std::string& value) {
  out += "<div><dt>" + title + "</dt><dd>" + html_text(value) + "</dd></div>";
}

void append_tiles(std::string& out, const LoadResult& result, const OperationResult& sum) {
  const auto& latency = latency_of(sum, result);
  out += "<dl class=\"tiles\">";
  append_tile(out, "Requests", count_text(request_count(sum)));
  append_tile(out, "Answered a second", rate_text(ok_rate(sum, result)));
  append_tile(out, "p50", latency_or_none(latency, 0.5));
  append_tile(out, "p99", latency_or_none(latency, 0.99));
  append_tile(out, "p99.9", latency_or_none(latency, 0.999));
  append_tile(out, "Highest", latency_or_none(latency, 1));
  append_tile(out, "Errors", percent_text(error_rate(sum)));
  if (const auto ratio = cache_hit_ratio(result))
    append_tile(out, "Cache hit ratio", percent_text(*ratio));
  if (const auto backlog = gauge_summary(result, "event_backlog"))
    append_tile(out, "Peak of the event backlog", fixed_text(backlog->peak, 0));
  out += "</dl>\n";
}

// -- tables

std::vector<std::string> operation_row(const std::string& name, const OperationResult& operation,
                                       const LoadResult& result) {
  std::vector<std::string> row{name, count_text(request_count(operation)),
                               rate_text(ok_rate(operation, result))};
  for (const double fraction : {0.5, 0.9, 0.99, 0.999, 0.9999, 1.0})
    row.push_back(latency_or_none(latency_of(operation, result), fraction));
  row.push_back(count_text(error_count(operation)));
  row.push_back(percent_text(error_rate(operation)));
  return row;
}

std::vector<std::string> sending_row(const OperationResult& sum) {
  std::vector<std::string> row{"from sending", "", ""};
  for (const double fraction : {0.5, 0.9, 0.99, 0.999, 0.9999, 1.0})
    row.push_back(latency_or_none(sum.service_time, fraction));
  row.resize(11);
  return row;
}

void append_operations(std::string& out, const LoadResult& result, const OperationResult& sum) {
  HtmlTable table{"Latencies by operation",
                  {"Operation", "Requests", "Answered/s", "p50", "p90", "p99", "p99.9", "p99.99",
                   "highest", "errors", "error rate"},
                  {}};
  const auto shown = std::min(result.operations.size(), max_operation_rows);
  for (std::size_t i = 0; i < shown; ++i)
    table.rows.push_back(operation_row(result.operations[i].name, result.operations[i], result));
  table.rows.push_back(operation_row("all", sum, result));
  table.sum_rows = 1;
  if (result.model == "open") {
    table.rows.push_back(sending_row(sum));
    table.sum_rows = 2;
  }
  out += "<h2>Operations</h2>\n" + html_table(table);
  append_more(out, shown, result.operations.size());
  if (result.model == "open")
    out +=
        "<p class=\"soft\">Latencies begin at the time that the plan gave a request, so a server "
        "that stands still shows; the last row begins when it was sent.</p>\n";
}

void append_errors(std::string& out, const OperationResult& sum) {
  if (error_count(sum) == 0) return;
  HtmlTable table{"Errors by kind", {"Kind", "Count", "Share of requests"}, {}};
  const auto requests = static_cast<double>(request_count(sum));
  for (std::size_t i = 0; i < outcome_count; ++i) {
    if (static_cast<Outcome>(i) == Outcome::ok || sum.outcomes[i] == 0) continue;
    table.rows.push_back({std::string(name_of(static_cast<Outcome>(i))),
                          count_text(sum.outcomes[i]),
                          percent_text(static_cast<double>(sum.outcomes[i]) / requests)});
  }
  out += "<h2>Errors</h2>\n" + html_table(table);
}

void append_slos(std::string& out, const LoadResult& result) {
  if (result.slos.empty()) return;
  HtmlTable table{"Service level objectives", {"Objective", "Measured", "Verdict"}, {}};
  const auto shown = std::min(result.slos.size(), max_slo_rows);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& slo = result.slos[i];
    table.rows.push_back({slo.text, measured_text(slo), slo.is_met ? "met" : "missed"});
  }
  out += "<h2>Objectives</h2>\n" + html_table(table);
  append_more(out, shown, result.slos.size());
}

void append_list(std::string& out, const std::string& title,
                 const std::vector<std::string>& sentences, std::size_t max_count) {
  if (sentences.empty()) return;
  const auto shown = std::min(sentences.size(), max_count);
  out += "<h2>" + title + "</h2>\n<ul>";
  for (std::size_t i = 0; i < shown; ++i)
    out += "<li>" + html_text(sentences[i], max_sentence_bytes) + "</li>";
  out += "</ul>\n";
  append_more(out, shown, sentences.size());
}

void append_server(std::string& out, const LoadResult& result) {
  HtmlTable table{"Figures of the server", {"Figure", "At the end", "Peak"}, {}};
  for (const auto& figure : server_figures(result, max_server_rows)) {
    if (const auto summary = gauge_summary(result, figure.name))
      table.rows.push_back(
          {figure.title, figure.format(summary->last), figure.format(summary->peak)});
  }
  if (!table.rows.empty()) out += "<h2>Server</h2>\n" + html_table(table);
}

// -- charts

void append_legend(std::string& out, const Chart& chart) {
  if (chart.series.size() + chart.bands.size() < 2) return;
  out += "<ul class=\"legend\">";
  const std::string key = "<li><svg class=\"key\" aria-hidden=\"true\" viewBox=\"0 0 28 10\">";
  for (const auto& series : chart.series)
    out += key + "<path class=\"s" + std::to_string(series.style) + "\" d=\"M1 5h26\"/></svg>" +
           html_text(series.name, 60) + "</li>";
  for (const auto& band : chart.bands)
    out += key + "<rect class=\"" + band.css_class + "\" width=\"28\" height=\"10\"/></svg>" +
           band.name + "</li>";
  out += "</ul>";
}

void append_charts(std::string& out, const LoadResult& result) {
  const auto charts = report_charts(result);
  if (charts.empty()) return;
  out += "<h2>Curves</h2>\n<div class=\"charts\">\n";
  for (const auto& chart : charts) {
    const auto svg = chart_svg(chart);
    if (svg.empty()) continue;
    out += "<figure><figcaption><h3>" + html_text(chart.title) + "</h3></figcaption>" + svg;
    append_legend(out, chart);
    out += "<p class=\"soft\">" + html_text(chart.summary, 400) + "</p></figure>\n";
  }
  out += "</div>\n";
}

// Some seconds as one: averages of rates, the worst of latencies.
std::vector<std::string> time_row(const Interval* from, const Interval* to) {
  Interval worst = *from;
  double planned = 0, answers = 0, errors = 0;
  for (const auto* at = from; at != to; ++at) {
    planned += at->planned_rate;
    answers += static_cast<double>(at->answers);
    errors += static_cast<double>(at->errors);
    worst.p50 = std::max(worst.p50, at->p50);
    worst.p99 = std::max(worst.p99, at->p99);
    worst.max = std::max(worst.max, at->max);
  }
  const auto seconds = static_cast<double>(to - from);
  return {clock_text(from->second),    rate_text(planned / seconds), rate_text(answers / seconds),
          rate_text(errors / seconds), latency_text(worst.p50),      latency_text(worst.p99),
          latency_text(worst.max)};
}

// The curves as a table, for those who cannot see them.
void append_times(std::string& out, const LoadResult& result) {
  const auto& seconds = result.intervals;
  if (seconds.empty()) return;
  const auto step = (seconds.size() + max_time_rows - 1) / max_time_rows;
  HtmlTable table{"From each time on: averages a second, and the highest of the latencies",
                  {"Time", "Asked/s", "Answered/s", "Errors/s", "p50", "p99", "highest"},
                  {}};
  for (std::size_t at = 0; at < seconds.size(); at += step)
    table.rows.push_back(
        time_row(seconds.data() + at, seconds.data() + std::min(at + step, seconds.size())));
  out += "<details><summary>The curves as a table</summary>\n" + html_table(table) + "</details>\n";
}

void append_run(std::string& out, const LoadResult& result) {
  HtmlTable table{"The run", {"What", "Value"}, {}};
  table.has_long_texts = true;
  table.rows = {{"Generators", std::to_string(result.generators)},
                {"Threads", std::to_string(result.threads)},
                {"Connections, at most", std::to_string(result.connections)},
                {"Cost of the generator", generator_cost(result)},
                {"Arrivals left out", count_text(result.skipped_arrivals)},
                {"Version of feedctl", result.feedctl_version}};
  for (const auto& [name, value] : result.labels) {
    if (table.rows.size() < max_labels) table.rows.push_back({name, value});
  }
  out += "<h2>Run</h2>\n" + html_table(table);
}

}  // namespace

std::string html_report(const LoadResult& result) {
  const auto sum = total(result);
  std::string out;
  append_head(out, result);
  append_verdict(out, result);
  append_tiles(out, result, sum);
  append_slos(out, result);
  append_list(out, "Wrong answers", result.findings, max_findings);
  append_operations(out, result, sum);
  append_errors(out, sum);
  append_charts(out, result);
  append_times(out, result);
  append_server(out, result);
  append_run(out, result);
  append_list(out, "Notes", result.notes, max_notes);
  return out + "</main></body></html>\n";
}

}  // namespace feedctl::loadtest
