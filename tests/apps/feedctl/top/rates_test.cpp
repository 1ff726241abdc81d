// Quantiles and rates of feedctl top from metrics.
#include "feedctl/top/dashboard.hpp"
#include "feedctl/top/figures.hpp"
#include "feedctl/top/interval_rates.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::cli::live;

namespace {

ServerMetrics metrics_of(const std::string& text) {
  return reduce(loadtest::parse_prometheus_text(text));
}

std::string requests(const std::string& route, const std::string& code, int fast, int all) {
  const auto labels = "{code=\"" + code + "\",method=\"GET\",route=\"" + route + "\"";
  const std::string name = "feedctl_http_request_duration_seconds";
  return name + "_count" + labels + "} " + std::to_string(all) + "\n" + name + "_bucket" + labels +
         ",le=\"0.01\"} " + std::to_string(fast) + "\n" + name + "_bucket" + labels +
         ",le=\"0.1\"} " + std::to_string(all) + "\n" + name + "_bucket" + labels +
         ",le=\"+Inf\"} " + std::to_string(all) + "\n";
}

}  // namespace

TEST_CASE("quantiles are interpolated within the bucket") {
  Histogram histogram;
  CHECK_FALSE(histogram.quantile(0.5));
  histogram.buckets = {{0.1, 50}, {0.2, 100}, {std::numeric_limits<double>::infinity(), 100}};
  histogram.count = 100;
  CHECK(*histogram.quantile(0.25) == Approx(0.05));
  CHECK(*histogram.quantile(0.5) == Approx(0.1));
  CHECK(*histogram.quantile(0.75) == Approx(0.15));
  histogram.count = 200;
  histogram.buckets[std::numeric_limits<double>::infinity()] = 200;
  CHECK(*histogram.quantile(0.99) == Approx(0.2));  // beyond the last bound
}

TEST_CASE("rates are what happened between two readings, by route, with codes together") {
  const auto before =
      metrics_of(requests("/a", "200", 10, 10) + "process_start_time_seconds 100\n");
  const auto after =
      metrics_of(requests("/a", "200", 20, 30) + requests("/a", "500", 0, 4) +
                 requests("/a", "503", 0, 2) + requests("/b", "200", 1, 1) +
                 requests("/metrics", "200", 50, 50) + "process_start_time_seconds 100\n");
  const auto rates = rates_between(before, after, 2);
  REQUIRE(rates);
  CHECK(rates->routes.size() == 2);
  const auto& a = rates->routes.at("GET /a");
  CHECK(a.requests == Approx(13));
  CHECK(a.errors == Approx(2));
  CHECK(a.refused == Approx(1));
  CHECK(*a.latency.quantile(0.99) > 0.09);
  CHECK(rates->total.requests == Approx(13.5));
}

TEST_CASE("a process that was started again has no rates for that interval") {
  const auto before =
      metrics_of(requests("/a", "200", 10, 10) + "process_start_time_seconds 100\n");
  CHECK_FALSE(rates_between(
      before, metrics_of(requests("/a", "200", 50, 50) + "process_start_time_seconds 200\n"), 1));
  CHECK_FALSE(rates_between(metrics_of(requests("/a", "200", 10, 10)),
                            metrics_of(requests("/a", "200", 5, 5)), 1));
}

TEST_CASE("what processes share counts once, and a dependency is down if one says so") {
  Dashboard dashboard({"a", "b", "c"});
  const auto at = std::chrono::steady_clock::now();
  Reading one{.at = at,
              .failure = "",
              .metrics = metrics_of("feedctl_work_slots 8\n"
                                    "feedctl_dead_letters 3\n"),
              .health = {}};
  auto two = one;
  one.health.dependencies = {{"redis", true, ""}};
  two.health.dependencies = {{"redis", false, "refused"}};
  two.metrics.degraded["bus"] = true;
  dashboard.add(0, one);
  dashboard.add(1, two);
  CHECK_FALSE(dashboard.is_complete());
  Reading failed;
  failed.at = at;
  failed.failure = "refused";
  dashboard.add(2, failed);
  CHECK(dashboard.is_complete());
  const auto totals = dashboard.totals();
  CHECK(totals.up == 2);
  CHECK(totals.working == 2);
  CHECK(totals.gauges.work_slots == 16);
  CHECK(totals.gauges.dead_letters == 3);
  REQUIRE(totals.dependencies.size() == 2);
  CHECK_FALSE(totals.dependencies[0].is_up);
  CHECK(totals.dependencies[0].detail == "refused");
  CHECK(totals.dependencies[1].name == "bus");
}

TEST_CASE("figures are short and have their unit") {
  CHECK(per_second(0) == "0");
  CHECK(per_second(12.34) == "12.3");
  CHECK(per_second(12345.6) == "12,346");
  CHECK(seconds_text(0.0042) == "4.20ms");
  CHECK(seconds_text(std::nullopt) == "-");
  CHECK(size_or_dash(1000) == "1.0K");
  CHECK(size_or_dash(120.0 * 1024 * 1024) == "120M");
  CHECK(age_text(std::chrono::hours{3}) == "3 h");
}
