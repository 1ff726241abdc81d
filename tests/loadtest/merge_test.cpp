#include "loadtest/merge.hpp"

#include <cmath>
#include <string>

#include "base/error.hpp"
#include "example_result.hpp"
#include "loadtest/report_figures.hpp"
#include "support/catch.hpp"

namespace feedctl::loadtest {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::example_result;

std::string refusal_of(std::vector<LoadResult> results) {
  try {
    merge(std::move(results));
    return "";
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::bad_data);
    CHECK(error.hint() != "");
    return error.what();
  }
}

}  // namespace

TEST_CASE("counts, rates and costs of generators add up") {
  auto one = example_result(), other = example_result({.rate = 100, .errors = 3});
  one.skipped_arrivals = 2;
  other.skipped_arrivals = 5;
  other.was_interrupted = true;
  other.findings = {"a post twice"};
  other.notes = {"a note"};
  const auto merged = merge({one, other});
  CHECK(merged.generators == 2);
  CHECK(merged.threads == 2);
  CHECK(merged.connections == 128);
  CHECK(merged.cpu_seconds == one.cpu_seconds + other.cpu_seconds);
  CHECK(merged.skipped_arrivals == 7);
  CHECK(merged.was_interrupted);
  CHECK(merged.findings == std::vector<std::string>{"a post twice"});
  CHECK(merged.notes == std::vector<std::string>{"a note"});
  CHECK(merged.duration == one.duration);
  CHECK(merged.warm_up == one.warm_up);
  const auto sum = total(merged);
  CHECK(request_count(sum) == request_count(total(one)) + request_count(total(other)));
  CHECK(error_count(sum) == 15);
  const double rates = ok_rate(total(one), one) + ok_rate(total(other), other);
  CHECK(std::abs(ok_rate(sum, merged) - rates) < 1e-9);
  CHECK(planned_rate(merged) == 300);
  CHECK(merged.slos.empty());
}

TEST_CASE("percentiles of a merged run are those of all its latencies") {
  const auto fast = example_result({.typical_us = 1000, .errors = 0});
  const auto slow = example_result({.typical_us = 9000, .errors = 0});
  LatencyHistogram all;
  all.merge(fast.operations[0].latency);
  all.merge(slow.operations[0].latency);
  const auto merged = merge({fast, slow});
  CHECK(merged.operations[0].latency.buckets() == all.buckets());
  CHECK(merged.operations[0].latency.percentile(0.99) == all.percentile(0.99));
}

TEST_CASE("seconds are aligned by the start of each generator") {
  auto early = example_result(), late = example_result();
  late.started_at += milliseconds{2400};
  const auto merged = merge({late, early});
  CHECK(merged.started_at == early.started_at);
  REQUIRE(merged.intervals.size() == 67);
  CHECK(merged.intervals[1].second == 1);
  CHECK(merged.intervals[1].answers == 200);  // of the early one alone
  CHECK(merged.intervals[2].answers == 400);
  CHECK(merged.intervals[64].answers == 400);
  CHECK(merged.intervals[66].second == 66);
  CHECK(merged.intervals[66].answers == 200);
  CHECK(merged.duration == milliseconds{62'400});  // while any of them measured
  CHECK(merged.warm_up == seconds{5});
}

TEST_CASE("a merged second has the highest maximum and weighted percentiles") {
  auto one = example_result(), other = example_result();
  one.intervals[7].answers = 300;
  one.intervals[7].p99 = microseconds{1000};
  one.intervals[7].max = microseconds{2000};
  other.intervals[7].answers = 100;
  other.intervals[7].p99 = microseconds{5000};
  other.intervals[7].max = microseconds{9000};
  const auto merged = merge({one, other});
  CHECK(merged.intervals[7].p99 == microseconds{2000});
  CHECK(merged.intervals[7].max == microseconds{9000});
  CHECK(merged.intervals[7].in_flight == 2 * one.intervals[7].in_flight);
}

TEST_CASE("a second without answers does not pull the percentiles down") {
  auto one = example_result(), other = example_result();
  one.intervals[7].answers = other.intervals[7].answers = 0;
  one.intervals[7].p50 = other.intervals[7].p50 = {};
  other.intervals[8].answers = 0;
  other.intervals[8].p50 = {};
  const auto merged = merge({one, other});
  CHECK(merged.intervals[7].p50 == microseconds{0});
  CHECK(merged.intervals[8].p50 == one.intervals[8].p50);
}

TEST_CASE("the server is in the result once, by the generator that read most of it") {
  auto one = example_result(), other = example_result();
  one.server.resize(3);
  other.started_at += seconds{10};
  const auto merged = merge({one, other});
  REQUIRE(merged.server.size() == other.server.size());
  CHECK(merged.server[0].second == other.server[0].second + 10);
}

TEST_CASE("labels of all generators are kept") {
  auto one = example_result(), other = example_result();
  other.labels = {{"commit", "abc123"}, {"host", "b"}};
  one.labels["host"] = "a";
  const auto merged = merge({one, other});
  CHECK(merged.labels.at("commit") == "abc123");
  CHECK(merged.labels.at("host") == "a, b");
}

TEST_CASE("what does not belong together is refused") {
  const auto result = example_result();
  CHECK(refusal_of({}) == "a merge needs at least two results");
  CHECK(refusal_of({result}) == "a merge needs at least two results");
  auto other = result;
  other.mix = "read-heavy\x1b";
  CHECK(refusal_of({result, other}) ==
        "these results do not belong together: their mixes are \"default\" and \"read-heavy?\"");
  other = result;
  other.model = "closed";
  CHECK(refusal_of({result, other}).find("their models are") != std::string::npos);
  other = result;
  other.url = "http://b:8000";
  CHECK(refusal_of({result, other}).find("their URLs are") != std::string::npos);
  CHECK(merge({result, other}, {.allow_other_urls = true}).url == result.url);
  other = result;
  other.operations[1].name = "view";
  CHECK(refusal_of({result, other}).find("operations are \"feed, like\" and \"feed, view\"") !=
        std::string::npos);
  other.operations.resize(1);
  other.operations[0].name = "feed, like";
  CHECK(refusal_of({result, other}).find("other operations") != std::string::npos);
  other = result;
  other.started_at += seconds{60};
  CHECK(refusal_of({result, other}).find("did not measure at the same time") != std::string::npos);
}

TEST_CASE("generators that shared only a part of the time are told of") {
  auto late = example_result();
  late.started_at += seconds{30};
  const auto merged = merge({example_result(), late});
  REQUIRE(merged.notes.size() == 1);
  CHECK(merged.notes[0] == "all generators together measured for 30 s of 90 s");
}

TEST_CASE("three generators merge as two and then one") {
  auto one = example_result(), two = example_result({.typical_us = 3000}),
       three = example_result({.typical_us = 4000});
  two.started_at += seconds{1};
  const auto at_once = merge({one, two, three});
  const auto in_steps = merge({merge({one, two}), three});
  CHECK(at_once.generators == 3);
  CHECK(in_steps.generators == 3);
  CHECK(total(at_once).latency.buckets() == total(in_steps).latency.buckets());
  REQUIRE(at_once.intervals.size() == in_steps.intervals.size());
  CHECK(at_once.intervals[9].answers == in_steps.intervals[9].answers);
}

}  // namespace feedctl::loadtest
