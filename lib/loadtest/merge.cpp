#include "loadtest/merge.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/text.hpp"
#include "loadtest/number_text.hpp"

namespace feedctl::loadtest {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_texts = 100;
constexpr std::size_t max_label_bytes = 1000;

// When a generator measured.
struct Window {
  Time from, to;
};

Window window_of(const LoadResult& result) {
  const auto from = result.started_at + result.warm_up;
  return {from, from + result.duration};
}

Error not_mergeable(const std::string& why) {
  return Error(ErrorCode::bad_data, "these results do not belong together: " + why)
      .with_hint(
          "merge results of one load test, whose generators ran at the same time with the "
          "same mix (--start-at)");
}

void check_same(const std::string& what, const std::string& first, const std::string& other) {
  if (first == other) return;
  throw not_mergeable("their " + what + " are \"" + printable_text(first) + "\" and \"" +
                      printable_text(other) + "\"");
}

std::string operation_names(const LoadResult& result) {
  std::vector<std::string> names;
  for (const auto& operation : result.operations) names.push_back(operation.name);
  return join(names, ", ");
}

void check_fit(const LoadResult& first, const LoadResult& other, const MergeOptions& options) {
  check_same("mixes", first.mix, other.mix);
  check_same("models", first.model, other.model);
  if (!options.allow_other_urls) check_same("URLs", first.url, other.url);
  check_same("operations", operation_names(first), operation_names(other));
  // Names may hold a comma.
  if (first.operations.size() != other.operations.size())
    throw not_mergeable("they have other operations");
}

void append_texts(std::vector<std::string>& texts, const std::vector<std::string>& more) {
  for (const auto& text : more) {
    if (texts.size() < max_texts && std::find(texts.begin(), texts.end(), text) == texts.end())
      texts.push_back(text);
  }
}

void add_labels(LoadResult& sum, const LoadResult& other) {
  for (const auto& [name, value] : other.labels) {
    const auto [found, is_new] = sum.labels.try_emplace(name, value);
    if (!is_new && found->second != value && found->second.size() < max_label_bytes)
      found->second += ", " + value;
  }
}

void add_counts(LoadResult& sum, const LoadResult& other) {
  sum.threads += other.threads;
  sum.connections += other.connections;
  sum.generators += other.generators;
  sum.cpu_seconds += other.cpu_seconds;
  sum.skipped_arrivals += other.skipped_arrivals;
  sum.was_interrupted = sum.was_interrupted || other.was_interrupted;
  for (std::size_t i = 0; i < sum.operations.size(); ++i) {
    auto& own = sum.operations[i];
    own.latency.merge(other.operations[i].latency);
    own.service_time.merge(other.operations[i].service_time);
    for (std::size_t kind = 0; kind < outcome_count; ++kind)
      own.outcomes[kind] += other.operations[i].outcomes[kind];
  }
  append_texts(sum.findings, other.findings);
  append_texts(sum.notes, other.notes);
  add_labels(sum, other);
}

std::chrono::microseconds weighted(std::chrono::microseconds one, std::uint64_t one_weight,
                                   std::chrono::microseconds other, std::uint64_t other_weight) {
  const auto weights = static_cast<double>(one_weight) + static_cast<double>(other_weight);
  if (weights == 0) return {};
  const double value = (static_cast<double>(one.count()) * static_cast<double>(one_weight) +
                        static_cast<double>(other.count()) * static_cast<double>(other_weight)) /
                       weights;
  return std::chrono::microseconds{static_cast<std::int64_t>(value + 0.5)};
}

void add_interval(Interval& sum, const Interval& other) {
  sum.p50 = weighted(sum.p50, sum.answers, other.p50, other.answers);
  sum.p90 = weighted(sum.p90, sum.answers, other.p90, other.answers);
  sum.p99 = weighted(sum.p99, sum.answers, other.p99, other.answers);
  sum.max = std::max(sum.max, other.max);
  sum.planned_rate += other.planned_rate;
  sum.answers += other.answers;
  sum.errors += other.errors;
  sum.in_flight += other.in_flight;
  for (std::size_t kind = 0; kind < outcome_count; ++kind)
    sum.outcomes[kind] += other.outcomes[kind];
}

std::uint32_t seconds_after(Time start, Time time) {
  return static_cast<std::uint32_t>(std::chrono::round<std::chrono::seconds>(time - start).count());
}

std::vector<Interval> merge_intervals(const std::vector<LoadResult>& results, Time start) {
  std::map<std::uint32_t, Interval> by_second;
  for (const auto& result : results) {
    const auto shift = seconds_after(start, result.started_at);
    for (auto interval : result.intervals) {
      interval.second += shift;
      const auto [found, is_new] = by_second.try_emplace(interval.second, interval);
      if (!is_new) add_interval(found->second, interval);
    }
  }
  std::vector<Interval> merged;
  for (const auto& [second, interval] : by_second) merged.push_back(interval);
  return merged;
}

// All generators read the same server: the longest series stands for it.
std::vector<ServerSample> choose_samples(const std::vector<LoadResult>& results, Time start) {
  const auto longest = std::max_element(
      results.begin(), results.end(),
      [](const auto& a, const auto& b) { return a.server.size() < b.server.size(); });
  auto samples = longest->server;
  for (auto& sample : samples) sample.second += seconds_after(start, longest->started_at);
  return samples;
}

// The time in which any generator measured; a note where not all did all the time.
void set_window(LoadResult& merged, const std::vector<LoadResult>& results) {
  auto any = window_of(results[0]), all = any;
  for (const auto& result : results) {
    const auto [from, to] = window_of(result);
    any = {std::min(any.from, from), std::max(any.to, to)};
    all = {std::max(all.from, from), std::min(all.to, to)};
    merged.started_at = std::min(merged.started_at, result.started_at);
  }
  if (all.to <= all.from) throw not_mergeable("they did not measure at the same time");
  merged.warm_up = std::chrono::round<milliseconds>(any.from - merged.started_at);
  merged.duration = std::chrono::round<milliseconds>(any.to - any.from);
  const auto shared = std::chrono::round<milliseconds>(all.to - all.from);
  if (shared * 10 >= merged.duration * 9) return;
  append_texts(merged.notes, {"all generators together measured for " + duration_text(shared) +
                              " of " + duration_text(merged.duration)});
}

}  // namespace

LoadResult merge(std::vector<LoadResult> results, const MergeOptions& options) {
  if (results.size() < 2) {
    throw Error(ErrorCode::bad_data, "a merge needs at least two results")
        .with_hint("give the files that the generators wrote with --result");
  }
  for (const auto& result : results) check_fit(results[0], result, options);
  LoadResult merged = results[0];
  set_window(merged, results);
  for (std::size_t i = 1; i < results.size(); ++i) add_counts(merged, results[i]);
  merged.intervals = merge_intervals(results, merged.started_at);
  merged.server = choose_samples(results, merged.started_at);
  merged.slos.clear();
  return merged;
}

}  // namespace feedctl::loadtest
