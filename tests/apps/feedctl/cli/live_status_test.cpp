// What the terminal shows of a running load test.
#include "feedctl/loadtest/live_status.hpp"

#include "base/utf8.hpp"
#include "support/catch.hpp"

namespace feedctl::cli {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

loadtest::Interval second_of(std::uint32_t second, std::uint64_t errors = 0) {
  loadtest::Interval interval;
  interval.second = second;
  interval.planned_rate = 200;
  interval.answers = 199;
  interval.in_flight = 3;
  interval.errors = errors;
  interval.outcomes[static_cast<std::size_t>(loadtest::Outcome::throttled)] = errors;
  interval.p50 = microseconds{1200};
  interval.p99 = microseconds{4500};
  interval.max = microseconds{12'000};
  return interval;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("the block has rates, latencies, errors by kind and the server's figures") {
  LiveStatus status("load test of http://a", seconds{60});
  status.add(second_of(40, 2), {});
  status.add(second_of(41, 1),
             loadtest::ServerSample{41, {{"cache_hit_ratio", 0.991}, {"event_backlog", 12}}});
  const auto text = joined(status.lines(200));
  CHECK(text ==
        "load test of http://a  0:42, 0:18 left\n"
        "  rate     asked 200.0/s  answered 199/s  in flight 3\n"
        "  latency  p50 1.20 ms  p99 4.50 ms  max 12.0 ms\n"
        "  p99      \u2588\u2588 up to 4.50 ms\n"
        "  errors   3 (throttled 3)\n"
        "  server   hit ratio 99.1 %  backlog 12\n");
  CHECK(status.had_errors());
  CHECK(status.line().starts_with("0:42, 0:18 left: asked 200.0/s  answered 199/s, p50 1.20 ms"));
}

TEST_CASE("figures of the server stay until newer ones come") {
  LiveStatus status("t", {});
  status.add(second_of(1), loadtest::ServerSample{1, {{"event_backlog", 5}}});
  status.add(second_of(2), {});
  CHECK(status.lines(80).back() == "  server   backlog 5");
}

TEST_CASE("no line is wider than the terminal, whatever the title is") {
  LiveStatus status(std::string(300, 'x') + "\x1b[2J\n", seconds{60});
  for (std::uint32_t second = 0; second < 90; ++second) status.add(second_of(second), {});
  for (const auto& line : status.lines(40)) {
    REQUIRE(utf8_length(line));
    CHECK(*utf8_length(line) <= 40);
    CHECK(line.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("the curve has the last minute") {
  LiveStatus status("t", {});
  for (std::uint32_t second = 0; second < 90; ++second) status.add(second_of(second), {});
  const auto curve = status.lines(200)[3];
  CHECK(*utf8_length(curve) ==
        std::string("  p99      ").size() + 60 + std::string(" up to 4.50 ms").size());
}

TEST_CASE("bars are proportional, and a second without answers is empty") {
  CHECK(sparkline({}) == "");
  CHECK(sparkline({microseconds{0}, microseconds{1}, microseconds{4000}, microseconds{8000}}) ==
        " \u2581\u2584\u2588");
  CHECK(sparkline({microseconds{0}}) == " ");
}

}  // namespace feedctl::cli
