#include "loadtest/recorder.hpp"

#include <utility>

namespace feedctl::loadtest {
namespace {

constexpr std::chrono::seconds second{1};

std::vector<OperationResult> named(const std::vector<std::string>& names) {
  std::vector<OperationResult> operations(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) operations[i].name = names[i];
  return operations;
}

}  // namespace

Recorder::Recorder(const std::vector<std::string>& operations, Times times, bool is_closed)
    : times_(times),
      is_closed_(is_closed),
      operations_(named(operations)),
      boundary_(times.start + second) {}

void Recorder::record(std::size_t operation, const Answer& answer) {
  const bool has_answer = answer.status != 0;
  const auto service_time = answer.received - answer.sent;
  const auto latency = is_closed_ ? service_time : answer.received - answer.intended;
  current_.answers += has_answer ? 1 : 0;
  if (answer.outcome != Outcome::ok) {
    ++current_.errors;
    ++current_.outcomes.at(static_cast<std::size_t>(answer.outcome));
  }
  if (has_answer) current_.latency.record(latency);

  if (answer.intended < times_.measured_from) return;
  auto& result = operations_.at(operation);
  ++result.outcomes.at(static_cast<std::size_t>(answer.outcome));
  if (!has_answer) return;
  result.latency.record(latency);
  result.service_time.record(service_time);
}

void Recorder::skip(Clock::time_point intended) {
  if (intended >= times_.measured_from) ++skipped_;
}

void Recorder::advance(Clock::time_point now, std::size_t in_flight) {
  while (now >= boundary_) {
    end_second(in_flight);
    boundary_ += second;
  }
}

void Recorder::end_second(std::size_t in_flight) {
  current_.in_flight = static_cast<std::uint32_t>(in_flight);
  IntervalPart next;
  next.second = current_.second + 1;
  const std::lock_guard lock(mutex_);
  ended_.parts.push_back(std::exchange(current_, std::move(next)));
  ended_.complete_before = current_.second;
}

void Recorder::finish(std::size_t in_flight) {
  end_second(in_flight);
  const std::lock_guard lock(mutex_);
  ended_.is_finished = true;
}

Recorder::Taken Recorder::take() {
  const std::lock_guard lock(mutex_);
  return {std::exchange(ended_.parts, {}), ended_.complete_before, ended_.is_finished};
}

}  // namespace feedctl::loadtest
