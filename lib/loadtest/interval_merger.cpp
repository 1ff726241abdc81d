#include "loadtest/interval_merger.hpp"

#include <iterator>
#include <utility>

namespace feedctl::loadtest {

void IntervalMerger::add(const std::vector<IntervalPart>& parts) {
  for (const auto& part : parts) {
    auto& sum = pending_[part.second];
    sum.second = part.second;
    sum.answers += part.answers;
    sum.errors += part.errors;
    sum.in_flight += part.in_flight;
    for (std::size_t i = 0; i < outcome_count; ++i) sum.outcomes[i] += part.outcomes[i];
    sum.latency.merge(part.latency);
  }
}

std::vector<Interval> IntervalMerger::take(std::uint32_t complete_before, bool is_finished) {
  if (is_finished) merge_rest();
  std::vector<Interval> taken;
  while (!pending_.empty()) {
    const auto first = pending_.begin();
    const auto needed = first->first + (first->first >= last_planned_ ? 2U : 1U);
    if (!is_finished && complete_before < needed) break;
    taken.push_back(to_interval(first->second));
    pending_.erase(first);
  }
  return taken;
}

void IntervalMerger::merge_rest() {
  if (pending_.size() < 2 || pending_.rbegin()->first <= last_planned_) return;
  auto rest = pending_.extract(std::prev(pending_.end()));
  auto& last = pending_.rbegin()->second;
  last.in_flight = 0;
  rest.mapped().second = last.second;
  add({std::move(rest.mapped())});
}

Interval IntervalMerger::to_interval(const IntervalPart& part) const {
  Interval interval;
  interval.second = part.second;
  const std::chrono::seconds begin{part.second};
  if (schedule_ != nullptr)
    interval.planned_rate = schedule_->planned(begin, begin + std::chrono::seconds{1});
  interval.answers = part.answers;
  interval.errors = part.errors;
  interval.in_flight = part.in_flight;
  interval.outcomes = part.outcomes;
  interval.p50 = part.latency.percentile(0.5);
  interval.p90 = part.latency.percentile(0.9);
  interval.p99 = part.latency.percentile(0.99);
  interval.max = part.latency.max();
  return interval;
}

}  // namespace feedctl::loadtest
