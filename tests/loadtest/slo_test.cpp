#include "loadtest/slo.hpp"

#include <cmath>

#include "base/error.hpp"
#include "loadtest/report_figures.hpp"
#include "loadtest/stages.hpp"
#include "support/catch.hpp"
#include "support/error_code.hpp"

using namespace feedctl;
using namespace feedctl::loadtest;
using namespace std::chrono_literals;

namespace {

OperationResult operation(std::string name, std::chrono::milliseconds latency,
                          std::uint64_t answers) {
  OperationResult result;
  result.name = std::move(name);
  result.latency.record(latency, answers);
  result.service_time.record(latency / 2, answers);
  result.outcomes[static_cast<std::size_t>(Outcome::ok)] = answers;
  return result;
}

// 90 feeds of 10 ms and 10 posts of 100 ms within ten seconds; 5 posts are throttled.
LoadResult sample_result() {
  LoadResult result;
  result.model = "open";
  result.duration = 10s;
  result.skipped_arrivals = 3;
  result.operations = {operation("feed", 10ms, 90), operation("post", 100ms, 10)};
  result.operations[1].outcomes[static_cast<std::size_t>(Outcome::throttled)] = 5;
  return result;
}

bool is_met(const char* text) {
  return evaluate(parse_slo(text), sample_result()).is_met;
}

bool is_near(double value, double expected, double tolerance) {
  return std::abs(value - expected) <= tolerance;
}

double measured(const char* text) {
  return evaluate(parse_slo(text), sample_result()).measured;
}

}  // namespace

TEST_CASE("latencies are compared with the limit in its unit") {
  CHECK(is_met("p50<11ms"));
  CHECK_FALSE(is_met("p50<9ms"));
  CHECK(is_met("p50 < 0.011s"));
  CHECK(is_met("p50>9000us"));
  CHECK_FALSE(is_met("p99<50ms"));
  CHECK(is_met("feed.p99<50ms"));
  CHECK_FALSE(is_met("post.p99.9<=99ms"));
  CHECK(is_met("max<=101ms"));
  CHECK(is_met("min<11ms"));
  CHECK(is_near(measured("mean<1s"), 19, 0.1));
}

TEST_CASE("errors are a share or a number of requests") {
  CHECK(is_near(measured("errors<1%"), 100.0 * 5 / 105, 1e-9));
  CHECK(is_met("errors<=5"));
  CHECK_FALSE(is_met("errors<5"));
  CHECK(is_met("feed.errors<0.1%"));
  CHECK(is_near(measured("post.throttled<10%"), 100.0 * 5 / 15, 1e-9));
  CHECK(is_met("timed_out<1"));
}

TEST_CASE("the rate counts good answers of the measured time, and skipped arrivals count apart") {
  CHECK(is_near(measured("rate>9"), 10, 1e-9));
  CHECK(is_met("rate>=10"));
  CHECK_FALSE(is_met("rate>10"));
  CHECK(is_near(measured("feed.rate>1"), 9, 1e-9));
  CHECK(is_met("skipped<=3"));
  CHECK_FALSE(is_met("skipped<1"));
}

TEST_CASE("the closed model is judged by its service times") {
  auto result = sample_result();
  result.model = "closed";
  CHECK(evaluate(parse_slo("p50<6ms"), result).is_met);
}

TEST_CASE("an objective without anything to measure is missed") {
  const LoadResult nothing;
  for (const char* text : {"p99<50ms", "errors<1%", "errors<1", "rate>=0", "feed.p50<1s"})
    CHECK_FALSE(evaluate(parse_slo(text), nothing).is_met);
  const auto missed = evaluate(parse_slo("p99<50ms"), nothing);
  CHECK(std::isnan(missed.measured));
  CHECK(measured_text(missed) == "nothing");
}

TEST_CASE("an objective keeps its text") {
  CHECK(evaluate(parse_slo("p50 < 11ms"), sample_result()).text == "p50 < 11ms");
}

TEST_CASE("objectives that cannot be read are refused") {
  for (const char* text : {"",         "p99",         "<50ms",       "p99<",           "p99<50",
                           "p99<fast", "p99<-1ms",    "p0<1ms",      "p101<1ms",       "p99<50%",
                           "p99=50ms", "errors<1ms",  "errors<101%", "rate>1%",        "rate>ten",
                           "p99<<5ms", "latency<5ms", "feed.<5ms",   "feed.skipped<1", "skipped<1%",
                           "ok<5"}) {
    INFO(text);
    CHECK(support::error_code_of([&] { parse_slo(text); }) == ErrorCode::usage);
  }
}

TEST_CASE("an unknown metric or operation is answered with the closest one") {
  try {
    parse_slo("erors<1%");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.hint() == "did you mean errors?");
  }
  try {
    check_operation(parse_slo("fed.p99<1s"), {"feed", "post"});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.hint() == "did you mean feed?");
  }
  CHECK_NOTHROW(check_operation(parse_slo("post.p99<1s"), {"feed", "post"}));
  CHECK_NOTHROW(check_operation(parse_slo("p99<1s"), {"feed", "post"}));
}

TEST_CASE("stages are rates with durations, and ramps") {
  const auto stages = parse_stages("100:10s,0.5:500ms,~500:1m");
  REQUIRE(stages.size() == 3);
  CHECK(stages[0].rate == 100);
  CHECK(stages[0].duration == 10s);
  CHECK_FALSE(stages[0].is_ramp);
  CHECK(stages[1].rate == 0.5);
  CHECK(stages[1].duration == 500ms);
  CHECK(stages[2].rate == 500);
  CHECK(stages[2].is_ramp);
  CHECK(duration_of(stages) == 70'500ms);
}

TEST_CASE("stages that cannot be read are refused") {
  std::string many = "1:1s";
  for (std::size_t i = 0; i < max_stages; ++i) many += ",1:1s";
  for (const std::string& text :
       {std::string(), std::string("100"), std::string("100:"), std::string(":10s"),
        std::string("100:10"), std::string("-1:10s"), std::string("1e9:10s"), std::string("100:0s"),
        std::string("100:25h"), std::string("1:23h,1:2h"), std::string("100:10s,"),
        std::string(",100:10s"), std::string("0:10s"), std::string("~~1:1s"), std::string("nan:1s"),
        many}) {
    INFO(text);
    CHECK(support::error_code_of([&] { parse_stages(text); }) == ErrorCode::usage);
  }
}
