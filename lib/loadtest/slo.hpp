#pragma once
// Service level objectives of a load test: "p99<50ms", "feed.p95<=20ms", "errors<0.1%",
// "rate>190". Plain values; the functions are pure.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loadtest/load_result.hpp"

namespace feedctl::loadtest {

struct Slo {
  enum class Metric {
    percentile,
    mean,
    min,
    max,
    errors,   // outcomes but ok
    outcome,  // of one kind
    rate,     // of ok answers, a second
    skipped,  // arrivals that found no connection
  };
  enum class Comparison { less, at_most, more, at_least };

  std::string text;       // as given
  std::string operation;  // "": all of them
  Metric metric = Metric::percentile;
  double percentile = 0;          // 0..1
  Outcome outcome = Outcome::ok;  // of Metric::outcome
  Comparison comparison = Comparison::less;
  double limit = 0;         // milliseconds, percent, or a number
  bool is_percent = false;  // of the requests; else a number of them
};

// Error(usage) that says what is wrong with the text.
Slo parse_slo(std::string_view text);

// Error(usage) if the operation is none of these.
void check_operation(const Slo& slo, const std::vector<std::string>& operations);

// `measured` has the unit of Slo::limit. Latencies are those of the model: from the intended time
// in the open one, from the time of sending in the closed one. An objective of answers that is not
// measured, since nothing was asked or answered, is missed: SloResult::nothing.
SloResult evaluate(const Slo& slo, const LoadResult& result);

}  // namespace feedctl::loadtest
