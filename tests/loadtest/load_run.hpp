#pragma once
// Short runs of the load generator against a scripted server.
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "loadtest/engine.hpp"
#include "support/scripted_server.hpp"

namespace feedctl::loadtest {

// An answer after which the connection stays.
inline std::string lasting_answer(std::string_view status = "200 OK",
                                  std::string_view body = "[]") {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

// Answers every request in this way, and keeps the connection.
inline support::ScriptedServer::Handler answer_all(std::string answer) {
  return [answer](support::ScriptedConnection& connection) {
    while (connection.read_request() && connection.write(answer)) {
    }
  };
}

struct SeenAnswer {
  Outcome outcome;
  int status;
  std::string body;
  std::uint64_t context;
  Clock::time_point intended, sent, received;
};

// What the sources of all threads were told. Thread-safe.
class Seen {
 public:
  void add(const PlannedRequest& request, const Answer& answer) {
    const std::lock_guard lock(mutex_);
    answers_.push_back({answer.outcome, answer.status, std::string(answer.body), request.context,
                        answer.intended, answer.sent, answer.received});
  }
  std::vector<SeenAnswer> answers() const {
    const std::lock_guard lock(mutex_);
    return answers_;
  }
  std::size_t count() const { return answers().size(); }

 private:
  mutable std::mutex mutex_;
  std::vector<SeenAnswer> answers_;
};

// Asks the same again and again, for the operations 0 and 1 in turn.
class FixedSource : public RequestSource {
 public:
  FixedSource(Seen& seen, std::string method) : seen_(seen), method_(std::move(method)) {}

  bool next(PlannedRequest& request) override {
    request.bytes = method_ + " /feed HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
    request.operation = static_cast<std::uint16_t>(next_ % 2);
    request.is_head = method_ == "HEAD";
    request.context = next_++;
    return true;
  }
  Outcome on_answer(const PlannedRequest& request, const Answer& answer) override {
    seen_.add(request, answer);
    return answer.outcome;
  }

 private:
  Seen& seen_;
  const std::string method_;
  std::uint64_t next_ = 0;
};

// Collects the intervals, and stops the run once `condition` holds.
class Observer : public LoadObserver {
 public:
  explicit Observer(std::function<bool()> condition = [] { return false; })
      : condition_(std::move(condition)) {}

  void on_interval(const Interval& interval) override { intervals.push_back(interval); }
  bool should_stop() override { return condition_(); }

  std::vector<Interval> intervals;

 private:
  std::function<bool()> condition_;
};

inline EngineOptions options_for(int port, double rate, std::chrono::milliseconds duration) {
  EngineOptions options;
  options.host = "127.0.0.1";
  options.port = port;
  options.stages = {{rate, duration, false}};
  options.connections = 4;
  return options;
}

inline LoadResult run_fixed(const EngineOptions& options, Seen& seen, LoadObserver& observer,
                            const std::string& method = "GET") {
  return run_load(
      options, [&](int) { return std::make_unique<FixedSource>(seen, method); }, {"even", "odd"},
      observer);
}

inline std::uint64_t count_of(const LoadResult& result, Outcome outcome) {
  return total(result).outcomes[static_cast<std::size_t>(outcome)];
}

inline std::uint64_t count_of_all(const LoadResult& result) {
  std::uint64_t sum = 0;
  for (const auto count : total(result).outcomes) sum += count;
  return sum;
}

}  // namespace feedctl::loadtest
