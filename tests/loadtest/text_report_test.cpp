#include "loadtest/text_report.hpp"

#include <string>

#include "example_result.hpp"
#include "loadtest/number_text.hpp"
#include "loadtest/report_figures.hpp"
#include "support/catch.hpp"

namespace feedctl::loadtest {

namespace {

using testing::example_result;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The line that begins with `start`.
std::string line_of(const std::string& text, const std::string& start) {
  const auto at = text.find("\n" + start);
  if (at == std::string::npos) return "";
  return text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

}  // namespace

TEST_CASE("latencies have three digits and a unit") {
  CHECK(latency_text(0.0) == "0 us");
  CHECK(latency_text(85) == "85 us");
  CHECK(latency_text(999.4) == "999 us");
  CHECK(latency_text(999.6) == "1.00 ms");
  CHECK(latency_text(4210) == "4.21 ms");
  CHECK(latency_text(42'100) == "42.1 ms");
  CHECK(latency_text(421'000) == "421 ms");
  CHECK(latency_text(999'600) == "1.00 s");
  CHECK(latency_text(12'340'000) == "12.3 s");
}

TEST_CASE("counts, rates and shares are short and never round to nothing") {
  CHECK(count_text(0) == "0");
  CHECK(count_text(999) == "999");
  CHECK(count_text(12'345'678) == "12,345,678");
  CHECK(rate_text(199.94) == "199.9");
  CHECK(rate_text(12'345.4) == "12,345");
  CHECK(percent_text(0) == "0 %");
  CHECK(percent_text(1e-9) == "< 0.001 %");
  CHECK(percent_text(0.0123) == "1.23 %");
  CHECK(percent_text(0.5) == "50.0 %");
  CHECK(change_text(0.031) == "+3.1 %");
  CHECK(change_text(-2) == "-200 %");
  CHECK(bytes_text(64.0 * 1024 * 1024) == "64.0 MiB");
  CHECK(fixed_text(1e300, 1).size() < 20);
}

TEST_CASE("durations are told in the units of people") {
  using std::chrono::milliseconds;
  CHECK(duration_text(milliseconds{1500}) == "1.5 s");
  CHECK(duration_text(milliseconds{30'000}) == "30 s");
  CHECK(duration_text(milliseconds{600'000}) == "10 min");
  CHECK(duration_text(milliseconds{630'000}) == "10 min 30 s");
  CHECK(duration_text(milliseconds{3'720'000}) == "1 h 2 min");
}

TEST_CASE("foreign texts do not steer the terminal") {
  CHECK(printable_text("a\x1b[2Jb\x7f\n") == "a?[2Jb??");
  CHECK(printable_text("\xc2\x9b"
                       "31m") == "?31m");
  CHECK(printable_text("caf\xc3\xa9 \xff") == "caf\xc3\xa9 ?");
  CHECK(printable_text("abcdef", 3) == "abc...");
  CHECK(printable_text("\xc3\xa9\xc3\xa9", 3) == "\xc3\xa9...");
  auto result = example_result();
  result.url = result.mix = result.operations[0].name = "x\x1b]0;evil\x07";
  result.labels = {{"\x1b", "\x1b"}};
  result.findings = result.notes = {"\x1b[31m"};
  CHECK_FALSE(has(text_report(result), "\x1b"));
}

TEST_CASE("each operation has a row, and the total is that of all") {
  const auto report = text_report(example_result());
  CHECK(has(line_of(report, "feed "), "9,000  150.0"));
  CHECK(has(line_of(report, "like "), "3,000   49.8"));
  CHECK(has(line_of(report, "total "), "12,000  199.8"));
  CHECK(line_of(report, "like ").ends_with(" 12"));
  CHECK(has(report, "\nfrom sending "));
  CHECK(has(report, "asked for 200.0/s, answered 199.8/s"));
}

TEST_CASE("in the closed model there is one kind of latency") {
  auto result = example_result();
  result.model = "closed";
  const auto expected = latency_text(result.operations[0].service_time.percentile(0.5));
  const auto report = text_report(result);
  CHECK(has(line_of(report, "feed "), expected));
  CHECK_FALSE(has(report, "from sending"));
}

TEST_CASE("the rate that was asked for is that of the plan, also where answers come after it") {
  auto result = example_result({.seconds = 4, .warm_up = 1, .rate = 30, .errors = 0});
  for (std::uint32_t second = 5; second < 9; ++second) {
    Interval late;
    late.second = second;
    late.answers = 10;
    result.intervals.push_back(late);
  }
  CHECK(planned_rate(result) == 30);

  // Half a second has half of the arrivals.
  result.duration -= std::chrono::milliseconds{500};
  result.intervals[4].planned_rate = 15;
  CHECK(planned_rate(result) == 30);
  result.intervals[4].planned_rate = 30;
  result.was_interrupted = true;
  CHECK(planned_rate(result) == 30);
}

TEST_CASE("errors are told by kind and operation") {
  const auto report = text_report(example_result());
  CHECK(has(report, "errors: 0.10 % of the requests"));
  CHECK(has(line_of(report, "  throttled"), "like 12"));
  CHECK(has(text_report(example_result({.errors = 0})), "\nno errors\n"));
}

TEST_CASE("objectives are met or missed, with what was measured") {
  const auto report = text_report(example_result());
  CHECK(has(report, "  met     p99<50ms  measured 11.2 ms\n"));
  CHECK(has(report, "  MISSED  errors<0.01%  measured 0.100 %\n"));
  CHECK(measured_text({"rate>190", 199.5, true}) == "199.5");
  CHECK(measured_text({"rate>190/s", 199.5, true}) == "199.5");
  CHECK(measured_text({"errors<5", 123456, false}) == "123,456");
}

TEST_CASE("the server's figures stand beside those of the generator") {
  const auto report = text_report(example_result());
  CHECK(has(report, "cache hit ratio over the run: 90.0 %"));
  const auto backlog = line_of(report, "  event backlog");
  CHECK(has(backlog, " 12"));
  CHECK(backlog.ends_with(" 340"));
  auto bare = example_result();
  bare.server.clear();
  CHECK_FALSE(has(text_report(bare), "\nserver\n"));
}

TEST_CASE("a counter that starts again adds what it counted since") {
  LoadResult result;
  result.server = {{1, {{"requests", 100}}}, {2, {{"requests", 150}}}, {3, {{"requests", 20}}}};
  CHECK(counter_increase(result, "requests") == 70);
  CHECK(counter_increase(result, "errors") == std::nullopt);
  result.warm_up = std::chrono::seconds{2};
  CHECK(counter_increase(result, "requests") == 20);
}

TEST_CASE("a generator that is itself the limit is told plainly") {
  CHECK_FALSE(has(text_report(example_result()), "warning:"));
  auto result = example_result();
  result.skipped_arrivals = 1234;
  CHECK(has(text_report(result), "warning: the generator left out 1,234 arrivals"));
  result = example_result();
  result.cpu_seconds = 57;
  CHECK(has(text_report(result), "warning: the generator's threads were busy"));
  result.threads = 2;
  CHECK_FALSE(has(text_report(result), "warning:"));
}

TEST_CASE("a run without any answer has a report") {
  LoadResult result;
  result.model = "open";
  result.operations.resize(1);
  CHECK(has(text_report(result), "no errors"));
}

TEST_CASE("a fault has a begin and an end, or none") {
  auto result = example_result();
  CHECK_FALSE(fault_window(result));
  result.labels["fault_from"] = "10.5";
  result.labels["fault_to"] = "20";
  REQUIRE(fault_window(result));
  CHECK(fault_window(result)->from == 10.5);
  CHECK(fault_window(result)->to == 20);
  result.labels["fault_to"] = "5";
  CHECK_FALSE(fault_window(result));
  result.labels["fault_to"] = "20s";
  CHECK_FALSE(fault_window(result));
}

}  // namespace feedctl::loadtest
