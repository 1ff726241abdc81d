#include "events/consumer_lag.hpp"

#include "metrics/metrics.hpp"
#include "sql/events.hpp"

namespace feedctl::events {

namespace {
constexpr std::int64_t max_events = 5'000;
}

std::vector<ConsumerLag> consumer_lags(store::Database& database) {
  std::vector<ConsumerLag> lags;
  for (const auto row :
       database.read_on_primary(sql::events::consumer_lags, store::params(max_events))) {
    lags.push_back({std::string(row.text(0)), row.integer(1), row.integer(2),
                    std::chrono::microseconds{row.integer(3)}});
  }
  return lags;
}

void export_consumer_lags(store::Database& database) {
  for (const auto& lag : consumer_lags(database)) {
    const metrics::Labels labels{{"consumer", lag.consumer}, {"slot", std::to_string(lag.slot)}};
    metrics::gauge("feedctl_consumer_lag_seconds",
                   "How long the oldest event that waits for a consumer has waited", labels)
        .set(std::chrono::duration<double>(lag.age).count());
    metrics::gauge("feedctl_consumer_lag_events", "Events that wait for a consumer", labels)
        .set(static_cast<double>(lag.events));
  }
}

}  // namespace feedctl::events
