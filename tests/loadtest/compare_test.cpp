#include "loadtest/compare.hpp"

#include <cmath>
#include <string>

#include "base/json.hpp"
#include "example_result.hpp"
#include "loadtest/noise.hpp"
#include "loadtest/percentiles.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"

namespace feedctl::loadtest {

namespace {

using testing::add_latencies;
using testing::example_result;

Change change_in(const Comparison& comparison, const std::string& operation,
                 const std::string& figure) {
  for (const auto& [name, changes] : comparison.operations) {
    for (const auto& change : changes) {
      if (name == operation && change.figure == figure) return change;
    }
  }
  throw std::runtime_error("no " + figure + " of " + operation);
}

// Only so many latencies, without seconds.
LoadResult short_run(std::uint64_t count, double typical_us) {
  LoadResult result;
  result.model = "open";
  result.duration = std::chrono::seconds{10};
  result.operations.resize(1);
  result.operations[0].name = "feed";
  add_latencies(result.operations[0], count, typical_us);
  return result;
}

}  // namespace

TEST_CASE("a result compared with itself has no change") {
  const auto result = example_result();
  const auto comparison = compare(result, result);
  CHECK(comparison.warnings.empty());
  REQUIRE(comparison.operations.size() == 3);
  CHECK(comparison.operations.back().operation == "total");
  for (const auto& [name, changes] : comparison.operations) {
    REQUIRE(changes.size() == 5);
    for (const auto& change : changes) {
      INFO(name << " " << change.figure);
      CHECK(change.verdict == Verdict::none);
      CHECK(change.before == change.after);
    }
  }
  CHECK(grown_p99(comparison, 0).empty());
}

TEST_CASE("latencies that are twice as long are worse, and better the other way round") {
  const auto fast = short_run(20'000, 2000), slow = short_run(20'000, 4000);
  for (const char* figure : {"p50", "p99", "p99.9"}) {
    INFO(figure);
    const auto grown = change_in(compare(fast, slow), "feed", figure);
    CHECK(grown.verdict == Verdict::worse);
    REQUIRE(grown.relative);
    CHECK(std::abs(*grown.relative - 1) < 0.02);
    CHECK(change_in(compare(slow, fast), "feed", figure).verdict == Verdict::better);
  }
}

TEST_CASE("the same change is noise where there are few requests") {
  const auto verdict_for = [](std::uint64_t count) {
    return change_in(compare(short_run(count, 2000), short_run(count, 2200)), "feed", "p99")
        .verdict;
  };
  CHECK(verdict_for(200) == Verdict::none);
  CHECK(verdict_for(100'000) == Verdict::worse);
}

TEST_CASE("a percentile beyond the last request has no upper limit") {
  const auto few = short_run(100, 2000), slow = short_run(100, 20'000);
  const auto change = change_in(compare(few, slow), "feed", "p99.9");
  CHECK(change.verdict == Verdict::none);
  CHECK_FALSE(change.noise);
  CHECK(comparison_text(compare(few, slow)).find("unknown") != std::string::npos);
}

TEST_CASE("an interval of a percentile holds the values of its ranks") {
  LatencyHistogram histogram;
  for (int us = 1; us <= 1000; ++us) histogram.record(std::chrono::microseconds{us});
  const RankedLatencies ranks(histogram);
  CHECK(ranks.count() == 1000);
  CHECK(ranks.at_rank(1) == 1);
  CHECK(ranks.percentile(0.5) == 500);
  CHECK(ranks.percentile(1) == 1000);
  const auto median = ranks.estimate(0.5);
  CHECK(median.low == 469);   // 500 - 1.96 * sqrt(1000 / 4)
  CHECK(median.high == 532);  // 500 + the same, the rank after it
  const auto wide = ranks.estimate(0.5, 4);
  CHECK(wide.low == 438);
  CHECK(wide.high == 563);
  CHECK(std::isinf(ranks.estimate(0.999).high));
}

TEST_CASE("shares have the interval of Wilson") {
  const auto none = estimate_share(0, 100);
  CHECK(none.low == 0);
  CHECK(std::abs(none.high - 0.0370) < 0.0005);
  const auto half = estimate_share(50, 100);
  CHECK(std::abs(half.low - 0.4038) < 0.0005);
  CHECK(std::abs(half.high - 0.5962) < 0.0005);
  CHECK(estimate_share(0, 0).high == 1);
}

TEST_CASE("more errors are worse, single ones are noise") {
  const auto errors_against = [](std::uint64_t before, std::uint64_t after) {
    return change_in(compare(example_result({.errors = before}), example_result({.errors = after})),
                     "like", "error_rate");
  };
  CHECK(errors_against(0, 1).verdict == Verdict::none);
  CHECK_FALSE(errors_against(0, 1).relative);
  auto before = example_result({.errors = 0}), after = example_result({.errors = 0});
  for (auto& interval : after.intervals) interval.errors = 5;
  testing::count_of(after.operations[1], Outcome::server_error) = 300;
  CHECK(change_in(compare(before, after), "like", "error_rate").verdict == Verdict::worse);
  CHECK(change_in(compare(after, before), "like", "error_rate").verdict == Verdict::better);
}

TEST_CASE("a rate that comes evenly shows small losses") {
  auto before = example_result({.errors = 0}), after = before;
  for (auto& interval : after.intervals) interval.answers = 190;
  testing::count_of(after.operations[0], Outcome::ok) -= 600;
  CHECK(change_in(compare(before, after), "total", "rate").verdict == Verdict::worse);
}

TEST_CASE("seconds that jump widen the noise, stages do not") {
  auto calm = example_result();
  for (auto& interval : calm.intervals)
    interval.p50 = interval.p90 = interval.p99 = std::chrono::microseconds{4000};
  CHECK(latency_variance_factor(calm) == 1);
  auto stages = calm;
  for (auto& interval : stages.intervals) {
    if (interval.second >= 30) interval.p90 *= 2;
  }
  auto jumps = calm;
  for (auto& interval : jumps.intervals) {
    if (interval.second % 2 == 0) interval.p90 *= 2;
  }
  CHECK(latency_variance_factor(stages) < 2);
  CHECK(latency_variance_factor(jumps) > 10);
  CHECK(latency_variance_factor(short_run(1000, 2000)) == 1);
}

TEST_CASE("runs that are not alike are warned of") {
  auto before = example_result(), after = example_result({.rate = 300});
  after.mix = "read-heavy";
  after.url = "http://other";
  after.connections = 8;
  after.operations[1].name = "view";
  after.was_interrupted = true;
  after.skipped_arrivals = 9;
  const auto text = comparison_text(compare(before, after));
  for (const char* part :
       {"another URL", "another mix", "another number of connections", "another planned rate",
        "only the run after has view", "only the run before has like", "was interrupted",
        "left out 9 arrivals"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("only a p99 beyond the limit and the noise fails") {
  const auto comparison = compare(short_run(100'000, 2000), short_run(100'000, 2400));
  CHECK(grown_p99(comparison, 0.1) == std::vector<std::string>{"feed", "total"});
  CHECK(grown_p99(comparison, 0.3).empty());
  CHECK(grown_p99(compare(short_run(50, 2000), short_run(50, 2400)), 0.1).empty());
  CHECK(grown_p99(compare(short_run(100'000, 2400), short_run(100'000, 2000)), 0.1).empty());
}

TEST_CASE("a comparison as JSON has every figure") {
  const auto text = comparison_json(compare(short_run(1000, 2000), short_run(1000, 9000)));
  const auto document = json::parse(text);
  const auto& operations = support::list_in(document, "operations");
  REQUIRE(operations.size() == 2);
  CHECK(support::text_in(operations[0], "operation") == "feed");
  const auto& changes = support::list_in(operations[0], "changes");
  REQUIRE(changes.size() == 5);
  CHECK(support::text_in(changes[1], "figure") == "p99");
  CHECK(support::text_in(changes[1], "verdict") == "worse");
  CHECK_FALSE(support::member_in(changes[1], "before").is_null());
}

TEST_CASE("runs without answers are compared without a verdict") {
  auto before = short_run(0, 1), after = short_run(1000, 2000);
  const auto comparison = compare(before, after);
  CHECK(change_in(comparison, "feed", "p99").verdict == Verdict::none);
  CHECK_FALSE(change_in(comparison, "feed", "p99").before);
  CHECK(grown_p99(comparison, 0.1).empty());
}

TEST_CASE("a run whose requests got no answers does not pass as one whose p99 did not grow") {
  const auto comparison = compare(short_run(1000, 2000), short_run(0, 1));
  CHECK(grown_p99(comparison, 0.1) ==
        std::vector<std::string>{"feed (no answers)", "total (no answers)"});
}

}  // namespace feedctl::loadtest
