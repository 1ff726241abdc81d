#include "loadtest/compare.hpp"

#include <algorithm>
#include <cmath>

#include "base/json_writer.hpp"
#include "loadtest/noise.hpp"
#include "loadtest/number_text.hpp"
#include "loadtest/percentiles.hpp"
#include "loadtest/report_figures.hpp"
#include "loadtest/text_table.hpp"

namespace feedctl::loadtest {

namespace {

// Smaller changes matter to nobody; buckets of histograms are 0.1 % wide.
constexpr double min_change = 0.005;

struct Factors {
  double latency = 1, errors = 1, ok = 1;
};

Factors factors_of(const LoadResult& result) {
  return {latency_variance_factor(result), error_variance_factor(result),
          ok_variance_factor(result)};
}

struct Side {
  const LoadResult& result;
  Factors factors;
};

enum class Wanted { less, more };

std::optional<double> finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

Change change_of(std::string figure, const Estimate& before, const Estimate& after, Wanted wanted) {
  Change change{std::move(figure), before.value, after.value, {}, {}, Verdict::none};
  const auto difference = estimate_difference(before, after);
  const bool grew = difference.value > 0;
  const double margin =
      grew ? difference.value - difference.low : difference.high - difference.value;
  if (before.value > 0) {
    change.relative = difference.value / before.value;
    change.noise = finite(margin / before.value);
  }
  const bool is_beyond = std::abs(difference.value) > margin &&
                         (!change.relative || std::abs(*change.relative) >= min_change);
  if (is_beyond)
    change.verdict = grew == (wanted == Wanted::more) ? Verdict::better : Verdict::worse;
  return change;
}

struct LatencyFigure {
  const char* name;
  double fraction;
};
constexpr LatencyFigure latency_figures[] = {{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}};

void add_latencies(OperationChanges& out, const OperationResult& before, const Side& before_side,
                   const OperationResult& after, const Side& after_side) {
  const RankedLatencies old_ranks(latency_of(before, before_side.result));
  const RankedLatencies new_ranks(latency_of(after, after_side.result));
  for (const auto& [name, fraction] : latency_figures) {
    if (old_ranks.count() == 0 || new_ranks.count() == 0) {
      const auto value = [&](const RankedLatencies& ranks) {
        return ranks.count() == 0 ? std::nullopt : std::optional(ranks.percentile(fraction));
      };
      out.changes.push_back({name, value(old_ranks), value(new_ranks), {}, {}, Verdict::none});
      continue;
    }
    out.changes.push_back(change_of(name, old_ranks.estimate(fraction, before_side.factors.latency),
                                    new_ranks.estimate(fraction, after_side.factors.latency),
                                    Wanted::less));
  }
}

Estimate estimate_rate(const OperationResult& operation, const Side& side, bool is_total) {
  // Only the sum of all operations may come evenly; each one's share is by chance.
  const double factor = is_total ? side.factors.ok : std::max(side.factors.ok, 1.0);
  const auto ok = static_cast<double>(operation.outcomes[static_cast<std::size_t>(Outcome::ok)]);
  const double rate = ok_rate(operation, side.result);
  const double half = ok > 0 ? confidence_z * std::sqrt(factor / ok) * rate : 0;
  return {rate, rate - half, rate + half};
}

Estimate estimate_errors(const OperationResult& operation, const Side& side) {
  return estimate_share(error_count(operation), request_count(operation), side.factors.errors);
}

OperationChanges compare_operation(const OperationResult& before, const Side& before_side,
                                   const OperationResult& after, const Side& after_side,
                                   bool is_total) {
  OperationChanges out{after.name, {}};
  add_latencies(out, before, before_side, after, after_side);
  out.changes.push_back(change_of("rate", estimate_rate(before, before_side, is_total),
                                  estimate_rate(after, after_side, is_total), Wanted::more));
  out.changes.push_back(change_of("error_rate", estimate_errors(before, before_side),
                                  estimate_errors(after, after_side), Wanted::less));
  return out;
}

const OperationResult* find_operation(const LoadResult& result, const std::string& name) {
  const auto found = std::find_if(result.operations.begin(), result.operations.end(),
                                  [&](const auto& operation) { return operation.name == name; });
  return found == result.operations.end() ? nullptr : &*found;
}

std::string run_text(const LoadResult& result) {
  return printable_text(result.url) + ", mix " + printable_text(result.mix) + ", " +
         printable_text(result.model) + " model, " + duration_text(result.duration) + ", " +
         rfc3339(std::chrono::floor<std::chrono::seconds>(result.started_at));
}

void warn_if_other(Comparison& out, const std::string& what, const std::string& before,
                   const std::string& after) {
  if (before == after) return;
  out.warnings.push_back("the runs had another " + what + ": " + printable_text(before) + " and " +
                         printable_text(after));
}

std::vector<std::string> warn_of_run(const std::string& which, const LoadResult& result) {
  std::vector<std::string> warnings;
  if (result.was_interrupted) warnings.push_back("the run " + which + " was interrupted");
  for (const auto& warning : generator_warnings(result))
    warnings.push_back("the run " + which + ": " + warning);
  return warnings;
}

void add_warnings(Comparison& out, const LoadResult& before, const LoadResult& after) {
  warn_if_other(out, "URL", before.url, after.url);
  warn_if_other(out, "mix", before.mix, after.mix);
  warn_if_other(out, "model", before.model, after.model);
  warn_if_other(out, "number of connections", std::to_string(before.connections),
                std::to_string(after.connections));
  warn_if_other(out, "planned rate", rate_text(planned_rate(before)),
                rate_text(planned_rate(after)));
  for (auto& warning : warn_of_run("before", before)) out.warnings.push_back(std::move(warning));
  for (auto& warning : warn_of_run("after", after)) out.warnings.push_back(std::move(warning));
}

std::string value_text(const std::string& figure, const std::optional<double>& value) {
  if (!value) return "-";
  if (figure == "rate") return rate_text(*value) + "/s";
  return figure == "error_rate" ? percent_text(*value) : latency_text(*value);
}

std::string noise_text(const Change& change) {
  if (!change.relative) return "-";
  return change.noise ? "+-" + percent_text(*change.noise) : "unknown";
}

void write_optional(json::Writer& w, std::string_view name, const std::optional<double>& value) {
  w.key(name);
  if (value)
    w.real(*value);
  else
    w.null();
}

void write_change(json::Writer& w, const Change& change) {
  w.open_object().text("figure", change.figure);
  write_optional(w, "before", change.before);
  write_optional(w, "after", change.after);
  write_optional(w, "change", change.relative);
  write_optional(w, "noise", change.noise);
  w.text("verdict", name_of(change.verdict)).close_object();
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::better:
      return "better";
    case Verdict::worse:
      return "worse";
    case Verdict::none:
      break;
  }
  return "none";
}

Comparison compare(const LoadResult& before, const LoadResult& after) {
  Comparison out{run_text(before), run_text(after), {}, {}};
  add_warnings(out, before, after);
  const Side old_side{before, factors_of(before)}, new_side{after, factors_of(after)};
  for (const auto& operation : after.operations) {
    if (const auto* old = find_operation(before, operation.name))
      out.operations.push_back(compare_operation(*old, old_side, operation, new_side, false));
    else
      out.warnings.push_back("only the run after has " + printable_text(operation.name));
  }
  for (const auto& operation : before.operations) {
    if (find_operation(after, operation.name) == nullptr)
      out.warnings.push_back("only the run before has " + printable_text(operation.name));
  }
  out.operations.push_back(
      compare_operation(total(before), old_side, total(after), new_side, true));
  return out;
}

std::vector<std::string> grown_p99(const Comparison& comparison, double limit) {
  std::vector<std::string> grown;
  for (const auto& [operation, changes] : comparison.operations) {
    for (const auto& change : changes) {
      if (change.figure != "p99") continue;
      if (change.before && !change.after)
        grown.push_back(operation + " (no answers)");
      else if (change.verdict == Verdict::worse && change.relative.value_or(0) > limit)
        grown.push_back(operation);
    }
  }
  return grown;
}

std::string comparison_text(const Comparison& comparison) {
  std::string out = "before: " + comparison.before + "\nafter:  " + comparison.after + "\n\n";
  TextTable table({"OPERATION", "FIGURE", "BEFORE", "AFTER", "CHANGE", "NOISE", "VERDICT"});
  for (const auto& [operation, changes] : comparison.operations) {
    for (const auto& change : changes) {
      table.add({printable_text(operation, 40), change.figure,
                 value_text(change.figure, change.before), value_text(change.figure, change.after),
                 change.relative ? change_text(*change.relative) : "-", noise_text(change),
                 std::string(name_of(change.verdict))});
    }
  }
  out += table.text();
  out +=
      "\nnone: the change is within what the scatter inside both runs explains (95 %), or below "
      "0.5 %.\n";
  for (const auto& warning : comparison.warnings) out += "warning: " + warning + "\n";
  return out;
}

std::string comparison_json(const Comparison& comparison) {
  std::string out;
  json::Writer w(out);
  w.open_object().text("before", comparison.before).text("after", comparison.after);
  w.key("warnings").open_array();
  for (const auto& warning : comparison.warnings) w.text(warning);
  w.close_array().key("operations").open_array();
  for (const auto& [operation, changes] : comparison.operations) {
    w.open_object().text("operation", operation).key("changes").open_array();
    for (const auto& change : changes) write_change(w, change);
    w.close_array().close_object();
  }
  w.close_array().close_object();
  return out + "\n";
}

}  // namespace feedctl::loadtest
