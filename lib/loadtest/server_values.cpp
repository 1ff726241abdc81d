#include "loadtest/server_values.hpp"

#include <optional>
#include <set>
#include <string_view>

namespace feedctl::loadtest {

namespace {

using Samples = std::vector<MetricSample>;

// The sum over a family's samples that `accepts` takes; nullopt: there is no such family.
template <typename Accepts>
std::optional<double> sum_if(const Samples& samples, std::string_view name, Accepts accepts) {
  std::optional<double> sum;
  for (const auto& sample : samples) {
    if (sample.name == name) sum = sum.value_or(0) + (accepts(sample) ? sample.value : 0);
  }
  return sum;
}

std::optional<double> sum_of(const Samples& samples, std::string_view name) {
  return sum_if(samples, name, [](const MetricSample&) { return true; });
}

// Every worker counts the same rows.
std::optional<double> highest(const Samples& samples, std::string_view name) {
  std::optional<double> highest;
  for (const auto& sample : samples) {
    if (sample.name == name && (!highest || sample.value > *highest)) highest = sample.value;
  }
  return highest;
}

bool is_refusal(std::string_view code) {
  return code == "429" || code == "503";
}

void add_http(ServerValues::Values& values, const Samples& samples) {
  constexpr std::string_view count = "feedctl_http_request_duration_seconds_count";
  const auto requests = sum_of(samples, count);
  if (!requests) return;
  values["requests"] = *requests;
  values["errors"] = *sum_if(samples, count, [](const MetricSample& sample) {
    const auto code = sample.label("code");
    return code.substr(0, 1) == "5" && !is_refusal(code);
  });
  const auto refused = sum_if(
      samples, count, [](const MetricSample& sample) { return is_refusal(sample.label("code")); });
  values["refused"] = *refused + sum_of(samples, "feedctl_http_shed_total").value_or(0);
}

void add_cache(ServerValues::Values& values, const Samples& samples) {
  const auto sum = [&](const std::set<std::string_view>& results) {
    return sum_if(samples, "feedctl_cache_requests_total", [&](const MetricSample& sample) {
      return results.count(sample.label("result")) > 0;
    });
  };
  const auto hits = sum({"hit", "fresh"});
  if (!hits) return;
  values["cache_hits"] = *hits;
  values["cache_stale"] = *sum({"wait"});
  values["cache_misses"] = *sum({"miss", "lease", "down"});
}

void add_if(ServerValues::Values& values, const std::string& name, std::optional<double> value) {
  if (value) values[name] = *value;
}

}  // namespace

void ServerValues::add_ratio(Values& values, const std::string& name, double part, double whole) {
  const auto [found, is_first] = before_.try_emplace(name, Growth{part, whole});
  const Growth before = found->second;
  found->second = {part, whole};
  // A smaller value: the server was started again.
  if (is_first || whole <= before.whole || part < before.part) return;
  values[name] = (part - before.part) / (whole - before.whole);
}

ServerValues::Values ServerValues::next(const std::vector<MetricSample>& samples) {
  Values values;
  add_http(values, samples);
  add_cache(values, samples);
  add_if(values, "event_backlog", sum_of(samples, "feedctl_queue_messages"));
  add_if(values, "jobs_open", sum_of(samples, "feedctl_jobs_open"));
  add_if(values, "dead_letters", highest(samples, "feedctl_dead_letters"));
  add_if(values, "views_pending", highest(samples, "feedctl_views_pending"));
  add_if(values, "in_flight", sum_of(samples, "feedctl_http_requests_in_flight"));
  add_if(values, "rss", sum_of(samples, "process_resident_memory_bytes"));
  if (values.count("cache_hits") > 0) {
    const double hits = values["cache_hits"];
    add_ratio(values, "cache_hit_ratio", hits, hits + values["cache_misses"]);
  }
  const auto add_average = [&](const std::string& name, const std::string& family) {
    const auto sum = sum_of(samples, family + "_sum");
    const auto count = sum_of(samples, family + "_count");
    if (sum && count) add_ratio(values, name, *sum, *count);
  };
  add_average("event_lag", "feedctl_event_lag_seconds");
  add_average("db_pool_wait", "feedctl_db_pool_wait_seconds");
  return values;
}

}  // namespace feedctl::loadtest
