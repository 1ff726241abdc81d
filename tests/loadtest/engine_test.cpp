#include "loadtest/engine.hpp"

#include <algorithm>
#include <cmath>
#include <latch>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "load_run.hpp"
#include "support/catch.hpp"
#include "support/error_code.hpp"

namespace feedctl::loadtest {
namespace {

using namespace std::chrono_literals;
using support::ScriptedConnection;
using support::ScriptedServer;

TEST_CASE("the open model sends each planned request, over several threads") {
  ScriptedServer server(answer_all(lasting_answer()));
  auto options = options_for(server.port(), 100, 1s);
  options.stages = {{100, 500ms, false}, {200, 500ms, true}, {50, 500ms, false}};
  options.threads = 3;
  Seen seen;
  Observer observer;
  const auto result = run_fixed(options, seen, observer);
  // 50 + 75 + 25
  CHECK(count_of(result, Outcome::ok) == 150);
  CHECK(count_of_all(result) == 150);
  CHECK(result.skipped_arrivals == 0);
  CHECK(total(result).latency.count() == 150);
  CHECK(total(result).service_time.count() == 150);
  CHECK(seen.count() == 150);
  CHECK(result.model == "open");
  CHECK(result.duration == 1500ms);
  CHECK_FALSE(result.was_interrupted);
  CHECK(server.connections() <= 4);
}

TEST_CASE("the answers of the intervals are all answers, and so are the planned rates") {
  ScriptedServer server(answer_all(lasting_answer()));
  Seen seen;
  Observer observer;
  const auto result = run_fixed(options_for(server.port(), 40, 2500ms), seen, observer);
  REQUIRE(observer.intervals.size() >= 3);
  std::uint64_t answers = 0;
  double planned = 0;
  for (std::size_t i = 0; i < observer.intervals.size(); ++i) {
    CHECK(observer.intervals[i].second == i);
    answers += observer.intervals[i].answers;
    planned += observer.intervals[i].planned_rate;
  }
  CHECK(answers == 100);
  CHECK(std::lround(planned) == 100);
  CHECK(std::lround(observer.intervals[1].planned_rate) == 40);
  CHECK(std::lround(observer.intervals[2].planned_rate) == 20);
  CHECK(result.intervals.size() == observer.intervals.size());
  CHECK(observer.intervals.back().in_flight == 0);
}

TEST_CASE("requests of the warm-up are in intervals, and in no operation") {
  ScriptedServer server(answer_all(lasting_answer()));
  auto options = options_for(server.port(), 100, 300ms);
  options.warm_up = 200ms;
  Seen seen;
  Observer observer;
  const auto result = run_fixed(options, seen, observer);
  CHECK(count_of_all(result) == 30);
  CHECK(seen.count() == 50);
  CHECK(result.duration == 300ms);
  CHECK(result.warm_up == 200ms);
  const auto answers = std::accumulate(
      observer.intervals.begin(), observer.intervals.end(), std::uint64_t{0},
      [](std::uint64_t sum, const Interval& interval) { return sum + interval.answers; });
  CHECK(answers == 50);
}

TEST_CASE("results are of the operation of the request") {
  ScriptedServer server(answer_all(lasting_answer()));
  Seen seen;
  Observer observer;
  const auto result = run_fixed(options_for(server.port(), 50, 300ms), seen, observer);
  REQUIRE(result.operations.size() == 2);
  CHECK(result.operations[0].name == "even");
  CHECK(result.operations[0].latency.count() == 8);
  CHECK(result.operations[1].name == "odd");
  CHECK(result.operations[1].latency.count() == 7);
  CHECK(total(result).name == "total");
}

// Answers the first request only once `released` has counted down, the others at once.
ScriptedServer::Handler hold_first(std::latch& released) {
  return [&released](ScriptedConnection& connection) {
    while (connection.read_request()) {
      released.wait();
      if (!connection.write(lasting_answer())) return;
    }
  };
}

// Releases the server after the first second.
class ReleasingObserver : public Observer {
 public:
  explicit ReleasingObserver(std::latch& released) : released_(released) {}
  void on_interval(const Interval& interval) override {
    if (intervals.empty()) released_.count_down();
    Observer::on_interval(interval);
  }

 private:
  std::latch& released_;
};

TEST_CASE("a pause of the server is in the latencies of all requests that were due meanwhile") {
  std::latch released(1);
  ScriptedServer server(hold_first(released));
  auto options = options_for(server.port(), 100, 1500ms);
  options.connections = 1;
  Seen seen;
  ReleasingObserver observer(released);
  const auto result = run_fixed(options, seen, observer);
  REQUIRE(count_of(result, Outcome::ok) == 150);

  // Request n is due at n / 100 s and answered after 1 s: half of the first hundred wait 500 ms.
  const auto sum = total(result);
  CHECK(sum.latency.max() >= 1s);
  CHECK(sum.latency.percentile(1 - 50.0 / 150) >= 500ms);
  CHECK(sum.latency.sum_us() >= 49e6);
  CHECK(observer.intervals.front().in_flight == 100);
  CHECK(observer.intervals.front().answers == 0);
  // Of the times since sending only the first one holds the pause.
  const auto answers = seen.answers();
  for (std::size_t i = 1; i < answers.size(); ++i) REQUIRE(answers[i].sent >= answers[0].received);
  CHECK(sum.service_time.max() >= 500ms);
}

TEST_CASE("the closed model hides a pause of the server in one latency") {
  std::latch released(1);
  ScriptedServer server(hold_first(released));
  auto options = options_for(server.port(), 0, 10min);
  options.closed = true;
  options.connections = 1;
  Seen seen;

  class Stopping : public ReleasingObserver {
   public:
    Stopping(std::latch& released, Seen& seen) : ReleasingObserver(released), seen_(seen) {}
    bool should_stop() override { return seen_.count() >= 5; }

   private:
    Seen& seen_;
  } observer(released, seen);

  const auto result = run_fixed(options, seen, observer);
  CHECK(result.was_interrupted);
  CHECK(result.model == "closed");
  const auto answers = seen.answers();
  REQUIRE(answers.size() >= 5);
  CHECK(observer.intervals.front().answers == 0);
  CHECK(observer.intervals.front().planned_rate == 0);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    REQUIRE(answers[i].intended == answers[i].sent);
    if (i > 0) REQUIRE(answers[i].sent >= answers[i - 1].received);
  }
}

// Blocks its thread at the first request, which no source should do.
class StallingSource : public FixedSource {
 public:
  using FixedSource::FixedSource;
  bool next(PlannedRequest& request) override {
    if (!was_stalled_) std::this_thread::sleep_for(stall);
    was_stalled_ = true;
    return FixedSource::next(request);
  }
  static constexpr auto stall = 400ms;

 private:
  bool was_stalled_ = false;
};

TEST_CASE("requests that were due while the generator was stalled are sent late and count so") {
  ScriptedServer server(answer_all(lasting_answer()));
  Seen seen;
  Observer observer;
  const auto result = run_load(
      options_for(server.port(), 100, 600ms),
      [&](int) { return std::make_unique<StallingSource>(seen, "GET"); }, {"even", "odd"},
      observer);
  CHECK(count_of(result, Outcome::ok) == 60);
  // Request n was due at n / 100 s and sent after 400 ms.
  CHECK(total(result).latency.percentile(1 - 20.0 / 60) >= 200ms);
  const auto answers = seen.answers();
  const auto first = std::min_element(
      answers.begin(), answers.end(),
      [](const SeenAnswer& a, const SeenAnswer& b) { return a.intended < b.intended; });
  for (const auto& answer : answers)
    REQUIRE(answer.sent >= first->intended + StallingSource::stall);
}

TEST_CASE("a source that has nothing to ask makes skipped arrivals") {
  class Empty : public RequestSource {
   public:
    bool next(PlannedRequest&) override { return false; }
    Outcome on_answer(const PlannedRequest&, const Answer& answer) override {
      return answer.outcome;
    }
  };
  ScriptedServer server(answer_all(lasting_answer()));
  Observer observer;
  const auto result = run_load(
      options_for(server.port(), 100, 200ms), [](int) { return std::make_unique<Empty>(); },
      {"none"}, observer);
  CHECK(result.skipped_arrivals == 20);
  CHECK(count_of_all(result) == 0);
}

TEST_CASE("a source may turn the outcome of an answer into another") {
  class Checking : public FixedSource {
   public:
    using FixedSource::FixedSource;
    Outcome on_answer(const PlannedRequest& request, const Answer& answer) override {
      FixedSource::on_answer(request, answer);
      return answer.body == "[]" ? Outcome::wrong : answer.outcome;
    }
  };
  ScriptedServer server(answer_all(lasting_answer()));
  Seen seen;
  Observer observer;
  const auto result = run_load(
      options_for(server.port(), 50, 200ms),
      [&](int) { return std::make_unique<Checking>(seen, "GET"); }, {"even", "odd"}, observer);
  CHECK(count_of(result, Outcome::wrong) == 10);
  CHECK(count_of(result, Outcome::ok) == 0);
  CHECK(total(result).latency.count() == 10);
}

TEST_CASE("what a source throws ends the run, and reaches the caller") {
  class Throwing : public FixedSource {
   public:
    using FixedSource::FixedSource;
    bool next(PlannedRequest&) override { throw std::runtime_error("no more"); }
  };
  ScriptedServer server(answer_all(lasting_answer()));
  Seen seen;
  Observer observer;
  auto options = options_for(server.port(), 50, 10min);
  options.threads = 2;
  CHECK_THROWS_WITH(run_load(
                        options, [&](int) { return std::make_unique<Throwing>(seen, "GET"); },
                        {"even", "odd"}, observer),
                    "no more");
}

TEST_CASE("a run begins at the time that is asked for") {
  ScriptedServer server(answer_all(lasting_answer()));
  auto options = options_for(server.port(), 20, 100ms);
  options.start_at = now() + 300ms;
  Seen seen;
  Observer observer;
  const auto result = run_fixed(options, seen, observer);
  CHECK(result.started_at >= *options.start_at);
  CHECK(now() >= *options.start_at + 100ms);
  CHECK(count_of_all(result) == 2);
}

TEST_CASE("options without sense are refused") {
  Seen seen;
  Observer observer;
  const auto code_with = [&](auto change) {
    auto options = options_for(80, 1, 1s);
    change(options);
    return support::error_code_of([&] { run_fixed(options, seen, observer); });
  };
  using Options = EngineOptions;
  constexpr auto invalid = ErrorCode::invalid_argument;
  CHECK(code_with([](Options& o) { o.port = 0; }) == invalid);
  CHECK(code_with([](Options& o) { o.port = 65536; }) == invalid);
  CHECK(code_with([](Options& o) { o.threads = 0; }) == invalid);
  CHECK(code_with([](Options& o) { o.threads = 5; }) == invalid);
  CHECK(code_with([](Options& o) { o.connections = 1'000'000; }) == invalid);
  CHECK(code_with([](Options& o) { o.timeout = 0ms; }) == invalid);
  CHECK(code_with([](Options& o) { o.warm_up = -1ms; }) == invalid);
  CHECK(code_with([](Options& o) { o.stages.clear(); }) == invalid);
  CHECK(code_with([](Options& o) { o.stages = {{5, 0ms, false}}; }) == invalid);
  CHECK(code_with([](Options& o) { o.stages[0].rate = -1; }) == invalid);
  CHECK(code_with([](Options& o) { o.host = "no-such-host.invalid"; }) == ErrorCode::unavailable);
}

TEST_CASE("every outcome has a name of its own") {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < outcome_count; ++i) names.push_back(name_of(static_cast<Outcome>(i)));
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  CHECK(name_of(Outcome::ok) == "ok");
  CHECK(name_of(Outcome::unfinished) == "unfinished");
}

}  // namespace
}  // namespace feedctl::loadtest
