#pragma once
// Compares two load tests: what changed, and what of it is noise.
//
// Noise is what the scatter within the two runs explains with 95 %: percentiles by the binomial
// interval of their rank, shares by Wilson's, both widened where neighbouring seconds differ by
// more than independent requests would. What differs between machines or times of a day is not in
// it. Pure functions; any thread.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loadtest/load_result.hpp"

namespace feedctl::loadtest {

enum class Verdict { none, better, worse };  // none: within the noise, or below 0.5 %
std::string_view name_of(Verdict verdict);

struct Change {
  std::string figure;                   // "p50", "p99", "p99.9", "rate", "error_rate"
  std::optional<double> before, after;  // us, ok answers a second, share of the requests
  std::optional<double> relative;       // 0.1: 10 % more; none where `before` is 0
  std::optional<double> noise;  // the relative change, either way, that chance explains; none: any
  Verdict verdict = Verdict::none;
};

struct OperationChanges {
  std::string operation;
  std::vector<Change> changes;
};

struct Comparison {
  std::string before, after;                 // the runs in words: URL, mix, time
  std::vector<std::string> warnings;         // why they may not be comparable
  std::vector<OperationChanges> operations;  // the last one is "total"
};

Comparison compare(const LoadResult& before, const LoadResult& after);

// The operations whose p99 grew by more than `limit` (0.1: 10 %) and beyond the noise, and those
// that have no answers any more: "feed (no answers)".
std::vector<std::string> grown_p99(const Comparison& comparison, double limit);

std::string comparison_text(const Comparison& comparison);
// One line with a newline.
std::string comparison_json(const Comparison& comparison);

}  // namespace feedctl::loadtest
