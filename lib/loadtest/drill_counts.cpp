// What a load saw before, during and after a fault.
#include <algorithm>

#include "loadtest/drill_verdict.hpp"

namespace feedctl::loadtest {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

void count(KindCounts& counts, const RecordedAnswer& answer) {
  ++counts.sent;
  switch (answer.outcome) {
    case Outcome::ok:
    case Outcome::wrong:
      ++counts.ok;
      break;
    case Outcome::client_error:
      ++counts.client_errors;
      break;
    case Outcome::unavailable:
      ++counts.refused;
      if (!answer.has_retry_after) ++counts.refused_bare;
      break;
    default:
      ++counts.other_errors;
  }
}

microseconds p99_of(std::vector<microseconds> latencies) {
  if (latencies.empty()) return {};
  const auto nth =
      latencies.begin() + static_cast<std::ptrdiff_t>((latencies.size() - 1) * 99 / 100);
  std::nth_element(latencies.begin(), nth, latencies.end());
  return *nth;
}

template <typename Condition>
KindCounts count_if(const DrillEvidence& evidence, const std::vector<RequestKind>& kinds,
                    Condition is_counted) {
  KindCounts counts;
  std::vector<microseconds> latencies;
  for (const auto& answer : evidence.answers) {
    if (std::find(kinds.begin(), kinds.end(), answer.kind) == kinds.end()) continue;
    if (!is_counted(answer)) continue;
    count(counts, answer);
    if (answer.outcome == Outcome::ok)
      latencies.push_back(duration_cast<microseconds>(answer.received - answer.sent));
  }
  counts.p99 = p99_of(std::move(latencies));
  return counts;
}

}  // namespace

KindCounts count_during_fault(const DrillEvidence& evidence, std::vector<RequestKind> kinds) {
  return count_if(evidence, kinds, [&](const RecordedAnswer& answer) {
    return answer.sent >= evidence.fault_from && answer.received <= evidence.fault_to;
  });
}

KindCounts count_before_fault(const DrillEvidence& evidence, std::vector<RequestKind> kinds) {
  return count_if(evidence, kinds, [&](const RecordedAnswer& answer) {
    return answer.received < evidence.fault_from;
  });
}

std::optional<milliseconds> first_good_after(const DrillEvidence& evidence, RequestKind kind) {
  std::optional<milliseconds> first;
  for (const auto& answer : evidence.answers) {
    if (answer.kind != kind || answer.outcome != Outcome::ok || answer.sent < evidence.fault_to)
      continue;
    const auto after = duration_cast<milliseconds>(answer.received - evidence.fault_to);
    if (!first || after < *first) first = after;
  }
  return first;
}

}  // namespace feedctl::loadtest
