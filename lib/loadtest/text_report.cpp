#include "loadtest/text_report.hpp"

#include "base/text.hpp"
#include "loadtest/number_text.hpp"
#include "loadtest/report_figures.hpp"
#include "loadtest/text_table.hpp"

namespace feedctl::loadtest {

namespace {

constexpr std::size_t max_server_figures = 24;

std::string counted(std::uint64_t count, const std::string& unit) {
  return count_text(count) + " " + unit + (count == 1 ? "" : "s");
}

void append_head(std::string& out, const LoadResult& result) {
  out += "load test of " + printable_text(result.url) + "\n";
  out += "  mix " + printable_text(result.mix) + ", " + printable_text(result.model) + " model, " +
         duration_text(result.duration) + " measured after " + duration_text(result.warm_up) +
         " of warm-up\n";
  out += "  " + counted(static_cast<std::uint64_t>(result.generators), "generator") + ", " +
         counted(static_cast<std::uint64_t>(result.threads), "thread") + ", at most " +
         counted(static_cast<std::uint64_t>(result.connections), "connection") + "; feedctl " +
         printable_text(result.feedctl_version) + ", started at " +
         rfc3339(std::chrono::floor<std::chrono::seconds>(result.started_at)) + "\n";
  for (const auto& [name, value] : result.labels)
    out += "  " + printable_text(name) + " = " + printable_text(value) + "\n";
  if (result.was_interrupted)
    out += "  it was interrupted: the figures are of a part of the plan\n";
}

std::vector<std::string> row_of(const OperationResult& operation, const LoadResult& result) {
  std::vector<std::string> row{printable_text(operation.name, 40),
                               count_text(request_count(operation)),
                               rate_text(ok_rate(operation, result))};
  const auto& latency = latency_of(operation, result);
  for (const double fraction : {0.5, 0.9, 0.99, 0.999, 0.9999, 1.0})
    row.push_back(latency.count() == 0 ? "-" : latency_text(latency.percentile(fraction)));
  row.push_back(count_text(error_count(operation)));
  return row;
}

std::vector<std::string> service_time_row(const OperationResult& sum, const LoadResult& result) {
  auto row = row_of({"from sending", sum.service_time, {}, {}}, result);  // in the open model
  row[1] = row[2] = row.back() = "";
  return row;
}

void append_operations(std::string& out, const LoadResult& result, const OperationResult& sum) {
  TextTable table(
      {"OPERATION", "REQUESTS", "RPS", "P50", "P90", "P99", "P99.9", "P99.99", "MAX", "ERRORS"});
  for (const auto& operation : result.operations) table.add(row_of(operation, result));
  table.add(row_of(sum, result));
  if (result.model == "open") table.add(service_time_row(sum, result));
  out += "\n" + table.text();
  if (result.model != "open") return;
  out += "latencies begin at the planned time of a request; asked for " +
         rate_text(planned_rate(result)) + "/s, answered " + rate_text(ok_rate(sum, result)) +
         "/s\n";
}

// "feed 10, like 2".
std::string shares_of(std::size_t outcome, const LoadResult& result) {
  std::vector<std::string> shares;
  for (const auto& operation : result.operations) {
    if (const auto count = operation.outcomes[outcome]; count > 0)
      shares.push_back(printable_text(operation.name, 40) + " " + count_text(count));
  }
  return join(shares, ", ");
}

void append_errors(std::string& out, const LoadResult& result, const OperationResult& sum) {
  if (error_count(sum) == 0) {
    out += "\nno errors\n";
    return;
  }
  TextTable table({"KIND", "COUNT", "SHARE", "OF"});
  const auto requests = static_cast<double>(request_count(sum));
  for (std::size_t i = 0; i < outcome_count; ++i) {
    if (static_cast<Outcome>(i) == Outcome::ok || sum.outcomes[i] == 0) continue;
    table.add({std::string(name_of(static_cast<Outcome>(i))), count_text(sum.outcomes[i]),
               percent_text(static_cast<double>(sum.outcomes[i]) / requests),
               shares_of(i, result)});
  }
  out += "\nerrors: " + percent_text(error_rate(sum)) + " of the requests\n" + table.text("  ");
}

void append_slos(std::string& out, const LoadResult& result) {
  if (result.slos.empty()) return;
  out += "\nSLOs\n";
  for (const auto& slo : result.slos) {
    out += std::string("  ") + (slo.is_met ? "met     " : "MISSED  ") + printable_text(slo.text) +
           "  measured " + measured_text(slo) + "\n";
  }
}

void append_findings(std::string& out, const LoadResult& result) {
  if (result.findings.empty()) return;
  out += "\nwrong answers (--check)\n";
  for (const auto& finding : result.findings) out += "  " + printable_text(finding, 400) + "\n";
}

void append_server(std::string& out, const LoadResult& result) {
  const auto figures = server_figures(result, max_server_figures);
  if (figures.empty()) return;
  out += "\nserver\n";
  TextTable table({"FIGURE", "AT THE END", "PEAK"});
  for (const auto& figure : figures) {
    const auto summary = gauge_summary(result, figure.name);
    if (!summary || figure.name == "cache_hit_ratio") continue;
    table.add({printable_text(figure.title, 40), figure.format(summary->last),
               figure.format(summary->peak)});
  }
  out += table.text("  ");
  if (const auto ratio = cache_hit_ratio(result))
    out += "  cache hit ratio over the run: " + percent_text(*ratio) + "\n";
  const auto requests = counter_increase(result, "requests");
  const auto errors = counter_increase(result, "errors");
  if (!requests || !errors) return;
  out += "  it counted " + count_text(static_cast<std::uint64_t>(*requests)) + " requests, " +
         count_text(static_cast<std::uint64_t>(*errors)) + " of them failed with 5xx\n";
}

}  // namespace

std::string text_report(const LoadResult& result) {
  const auto sum = total(result);
  std::string out;
  append_head(out, result);
  append_operations(out, result, sum);
  append_errors(out, result, sum);
  append_slos(out, result);
  append_findings(out, result);
  append_server(out, result);
  out += "\ngenerator: " + generator_cost(result) + "\n";
  for (const auto& note : result.notes) out += "note: " + printable_text(note, 400) + "\n";
  for (const auto& warning : generator_warnings(result)) out += "warning: " + warning + "\n";
  return out;
}

}  // namespace feedctl::loadtest
