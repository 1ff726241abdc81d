#include "feedctl/top/interval_rates.hpp"

namespace feedctl::cli::live {

namespace {

double growth(const ServerMetrics::Gauge& before, const ServerMetrics::Gauge& after) {
  return after.value_or(0) - before.value_or(0);
}

// A bucket that is new began at 0.
Histogram growth(const Histogram& before, const Histogram& after) {
  Histogram grown;
  grown.count = after.count - before.count;
  grown.sum = after.sum - before.sum;
  for (const auto& [bound, value] : after.buckets) {
    const auto found = before.buckets.find(bound);
    grown.buckets[bound] = value - (found == before.buckets.end() ? 0 : found->second);
  }
  return grown;
}

bool has_restarted(const ServerMetrics& before, const ServerMetrics& after) {
  return (before.start_time && after.start_time && *after.start_time > *before.start_time + 1) ||
         growth(before.cpu_seconds, after.cpu_seconds) < 0;
}

}  // namespace

void RouteRates::add(const RouteRates& other) {
  requests += other.requests;
  errors += other.errors;
  refused += other.refused;
  latency.add(other.latency);
}

void IntervalRates::add(const IntervalRates& other) {
  for (const auto& [name, route] : other.routes) routes[name].add(route);
  total.add(other.total);
  cache_hits += other.cache_hits;
  cache_stale += other.cache_stale;
  cache_misses += other.cache_misses;
  recomputes += other.recomputes;
  events += other.events;
  shed += other.shed;
  cpu += other.cpu;
  pool_waits += other.pool_waits;
  pool_wait_seconds += other.pool_wait_seconds;
  event_lag.add(other.event_lag);
}

std::optional<double> IntervalRates::hit_ratio() const {
  const double asked = cache_hits + cache_stale + cache_misses;
  if (asked <= 0) return std::nullopt;
  return cache_hits / asked;
}

std::optional<double> IntervalRates::average_pool_wait() const {
  if (pool_waits <= 0) return std::nullopt;
  return pool_wait_seconds / pool_waits;
}

std::optional<IntervalRates> rates_between(const ServerMetrics& before, const ServerMetrics& after,
                                           double seconds) {
  if (seconds <= 0 || has_restarted(before, after)) return std::nullopt;
  IntervalRates rates;
  for (const auto& [name, route] : after.routes) {
    const auto found = before.routes.find(name);
    const Route earlier = found == before.routes.end() ? Route{} : found->second;
    RouteRates grown{.latency = growth(earlier.latency, route.latency)};
    if (grown.latency.count < 0) return std::nullopt;  // started again, without a start time
    if (grown.latency.count <= 0) continue;
    grown.requests = grown.latency.count / seconds;
    grown.errors = (route.errors - earlier.errors) / seconds;
    grown.refused = (route.refused - earlier.refused) / seconds;
    rates.total.add(grown);
    rates.routes.emplace(name, std::move(grown));
  }
  const auto per_second = [&](ServerMetrics::Gauge ServerMetrics::*member) {
    return growth(before.*member, after.*member) / seconds;
  };
  rates.cache_hits = per_second(&ServerMetrics::cache_hits);
  rates.cache_stale = per_second(&ServerMetrics::cache_stale);
  rates.cache_misses = per_second(&ServerMetrics::cache_misses);
  rates.recomputes = per_second(&ServerMetrics::recomputes);
  rates.events = per_second(&ServerMetrics::events_processed);
  rates.shed = per_second(&ServerMetrics::shed);
  rates.cpu = per_second(&ServerMetrics::cpu_seconds);
  rates.pool_waits = per_second(&ServerMetrics::pool_waits);
  rates.pool_wait_seconds = per_second(&ServerMetrics::pool_wait_seconds);
  rates.event_lag = growth(before.event_lag, after.event_lag);
  return rates;
}

}  // namespace feedctl::cli::live
