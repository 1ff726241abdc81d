#include "loadtest/load_result.hpp"

namespace feedctl::loadtest {

std::string_view name_of(Outcome outcome) {
  constexpr std::array<std::string_view, outcome_count> names{
      "ok",    "client_error",   "throttled",       "unavailable", "server_error", "unexpected",
      "wrong", "connect_failed", "connection_lost", "timed_out",   "malformed",    "unfinished"};
  return names.at(static_cast<std::size_t>(outcome));
}

void merge(OperationResult& into, const OperationResult& other) {
  into.latency.merge(other.latency);
  into.service_time.merge(other.service_time);
  for (std::size_t i = 0; i < outcome_count; ++i) into.outcomes[i] += other.outcomes[i];
}

OperationResult total(const LoadResult& result) {
  OperationResult sum;
  sum.name = "total";
  for (const auto& operation : result.operations) merge(sum, operation);
  return sum;
}

}  // namespace feedctl::loadtest
