#include "feedctl/top/dashboard.hpp"

#include <algorithm>

namespace feedctl::cli::live {

namespace {

using Gauge = ServerMetrics::Gauge;

// Of what each process has for itself.
constexpr Gauge ServerMetrics::*summed_gauges[] = {
    &ServerMetrics::in_flight,      &ServerMetrics::connections,
    &ServerMetrics::streams,        &ServerMetrics::pool_busy,
    &ServerMetrics::pool_limit,     &ServerMetrics::pool_waiting,
    &ServerMetrics::index_users,    &ServerMetrics::index_bytes,
    &ServerMetrics::fragment_bytes, &ServerMetrics::resident_bytes,
    &ServerMetrics::work_slots,     &ServerMetrics::impressions_pending};

// Of what every process counts in the same database or bus.
constexpr Gauge ServerMetrics::*shared_gauges[] = {
    &ServerMetrics::queue_messages, &ServerMetrics::jobs_open,
    &ServerMetrics::oldest_job,     &ServerMetrics::dead_letters,
    &ServerMetrics::consumer_lag,   &ServerMetrics::consumer_lag_events,
    &ServerMetrics::views_pending,  &ServerMetrics::last_flush,
    &ServerMetrics::index_posts};

void add_gauges(ServerMetrics& sum, const ServerMetrics& one) {
  for (const auto member : summed_gauges) {
    if (one.*member) sum.*member = (sum.*member).value_or(0) + *(one.*member);
  }
  for (const auto member : shared_gauges) {
    if (one.*member) sum.*member = std::max((sum.*member).value_or(*(one.*member)), *(one.*member));
  }
  if (one.partitions_ahead)
    sum.partitions_ahead =
        std::min(sum.partitions_ahead.value_or(*one.partitions_ahead), *one.partitions_ahead);
  for (const auto& [name, job] : one.jobs) sum.jobs.try_emplace(name, job);
}

void add_dependency(std::vector<Dependency>& all, const Dependency& one) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Dependency& other) { return other.name == one.name; });
  if (found == all.end())
    all.push_back(one);
  else if (found->is_up && !one.is_up)
    *found = one;
}

// What the health does not say, such as the bus of a worker.
void add_degraded(std::vector<Dependency>& all, const ServerMetrics& metrics) {
  for (const auto& [name, is_degraded] : metrics.degraded)
    add_dependency(all, {name, !is_degraded, ""});
}

}  // namespace

void ServerState::add(Reading reading) {
  if (!reading.failure.empty()) {
    if (failure.empty()) down_since = reading.at;
    failure = std::move(reading.failure);
    rates.reset();
    return;
  }
  failure.clear();
  if (last)
    rates = rates_between(last->metrics, reading.metrics,
                          std::chrono::duration<double>(reading.at - last->at).count());
  last = std::move(reading);
}

ServerState::Kind ServerState::kind() const {
  if (!failure.empty()) return Kind::down;
  return last ? Kind::up : Kind::waiting;
}

std::string ServerState::role() const {
  if (!last) return "-";
  if (last->metrics.is_worker()) return "work";
  return last->metrics.is_server() ? "serve" : "other";
}

std::string ServerState::status() const {
  if (kind() == Kind::down) return "down";
  if (kind() == Kind::waiting) return "-";
  if (!last->health.status.empty()) return last->health.status;
  return role() == "other" ? "-" : "unknown";
}

Dashboard::Dashboard(const std::vector<std::string>& names) {
  for (const auto& name : names) servers_.emplace_back(name);
}

void Dashboard::add(std::size_t server, Reading reading) {
  servers_.at(server).add(std::move(reading));
}

bool Dashboard::is_complete() const {
  return std::none_of(servers_.begin(), servers_.end(), [](const ServerState& server) {
    return server.kind() == ServerState::Kind::waiting;
  });
}

Totals Dashboard::totals() const {
  Totals totals;
  totals.servers = servers_.size();
  for (const auto& server : servers_) {
    if (!server.is_up()) continue;
    const auto& metrics = server.last->metrics;
    ++totals.up;
    totals.serving += server.role() == "serve" ? 1 : 0;
    totals.working += metrics.is_worker() ? 1 : 0;
    totals.index_ready += server.last->health.index == "ready" ? 1 : 0;
    add_gauges(totals.gauges, metrics);
    for (const auto& dependency : server.last->health.dependencies)
      add_dependency(totals.dependencies, dependency);
    if (!server.rates) continue;
    totals.has_rates = true;
    totals.rates.add(*server.rates);
  }
  for (const auto& server : servers_) {
    if (server.is_up()) add_degraded(totals.dependencies, server.last->metrics);
  }
  return totals;
}

Sort next_sort(Sort sort) {
  return sort == Sort::name ? Sort::rate : static_cast<Sort>(static_cast<int>(sort) + 1);
}

std::string_view name_of(Sort sort) {
  switch (sort) {
    case Sort::rate:
      return "rate";
    case Sort::p99:
      return "p99";
    case Sort::errors:
      return "errors";
    case Sort::name:
      return "name";
  }
  return "";
}

std::vector<RouteRow> sorted_routes(const IntervalRates& rates, Sort sort) {
  std::vector<RouteRow> rows;
  for (const auto& [name, route] : rates.routes) {
    rows.push_back({name, route.requests, route.errors, route.refused, route.latency.quantile(0.5),
                    route.latency.quantile(0.99)});
  }
  // The map gave them by name, which also decides between equals.
  std::stable_sort(rows.begin(), rows.end(), [sort](const RouteRow& a, const RouteRow& b) {
    switch (sort) {
      case Sort::rate:
        return a.requests > b.requests;
      case Sort::p99:
        return a.p99.value_or(0) > b.p99.value_or(0);
      case Sort::errors:
        return a.errors + a.refused > b.errors + b.refused;
      case Sort::name:
        break;
    }
    return false;
  });
  return rows;
}

}  // namespace feedctl::cli::live
