// What doctor reads in the metrics of a process, and in what systemctl prints.
#include "feedctl/doctor/process_metrics.hpp"

#include <map>

#include "feedctl/doctor/unit_checks.hpp"
#include "operations/doctor_runbook.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::cli::checkup;
using operations::Severity;

namespace {

const Time at = from_unix_us(2'000'000'000'000'000);

std::map<std::string, operations::Finding> check(const std::string& text) {
  operations::Findings findings;
  check_metrics(findings, loadtest::parse_prometheus_text(text), at);
  operations::link_runbook(findings);
  std::map<std::string, operations::Finding> by_name;
  for (auto& finding : findings) {
    CHECK(finding.fix != "");
    CHECK(finding.alert != "");
    by_name[finding.check] = std::move(finding);
  }
  return by_name;
}

std::string requests(const std::string& code, int count, const std::string& le) {
  const auto labels = "{code=\"" + code + "\",method=\"GET\",route=\"/v1/feed\"";
  const std::string name = "feedctl_http_request_duration_seconds", n = std::to_string(count);
  return name + "_count" + labels + "} " + n + "\n" + name + "_bucket" + labels + ",le=\"" + le +
         "\"} " + n + "\n" + name + "_bucket" + labels + ",le=\"+Inf\"} " + n + "\n";
}

}  // namespace

TEST_CASE("a process that does well has no finding") {
  CHECK(check(requests("200", 1000, "0.01") +
              "feedctl_degraded{dependency=\"redis\"} 0\nfeedctl_log_dropped_total 0\n"
              "feedctl_http_connections 20\nfeedctl_http_connections_limit 1000\n"
              "feedctl_config_last_reload_successful 1\n"
              "feedctl_auth_revocations_last_read_timestamp_seconds 1999999990\n"
              "feedctl_periodic_task_failures_total{task=\"backlog\"} 5\n"
              "feedctl_periodic_task_last_success_timestamp_seconds{task=\"backlog\"} 1999999990\n"
              "process_start_time_seconds 1999990000\nfeedctl_hot_recomputes_total 100\n")
            .empty());
}

TEST_CASE("each trouble that metrics show has a finding with its entry in the runbook") {
  const struct {
    std::string text, check, alert;
  } troubles[] = {
      {"feedctl_degraded{dependency=\"bus\"} 1\n", "degraded", "FeedctlDependencyDegraded"},
      {requests("200", 900, "0.01") + requests("500", 100, "0.01"), "errors", "FeedctlErrorRate"},
      {requests("200", 900, "2"), "latency", "FeedctlSlowRequests"},
      {requests("200", 900, "0.01") + "feedctl_http_shed_total 100\n", "shed", "FeedctlOverload"},
      {"feedctl_db_pool_wait_seconds_count 10\nfeedctl_db_pool_wait_seconds_bucket{le=\"1\"} 10\n",
       "pool", "FeedctlDatabasePoolWait"},
      {"feedctl_event_lag_seconds_count 10\nfeedctl_event_lag_seconds_bucket{le=\"30\"} 10\n",
       "event_lag", "FeedctlEventLag"},
      {"feedctl_feed_divergence_total 1\n", "feed_divergence", "FeedctlFeedDivergence"},
      {"feedctl_views_uncounted_total 4\n", "views_uncounted", "FeedctlViewsUncounted"},
      {"feedctl_views_rollbacks_total 1\n", "views_rollback", "FeedctlViewsRollback"},
      {"feedctl_log_dropped_total{level=\"info\"} 9\n", "log_lines", "FeedctlLogLinesDropped"},
      {"process_start_time_seconds 1999999000\nfeedctl_hot_recomputes_total 5000\n", "recomputes",
       "FeedctlHotRecomputes"},
      {"feedctl_http_connections 90\nfeedctl_http_connections_limit 100\n", "client_connections",
       "FeedctlConnectionsFull"},
      {"feedctl_config_last_reload_successful 0\n", "reload", "FeedctlReloadRefused"},
      {"feedctl_auth_revocations_last_read_timestamp_seconds 1999999900\n", "revocations",
       "FeedctlRevocationsStale"},
      {"feedctl_periodic_task_failures_total{task=\"old keys\"} 5\n", "tasks",
       "FeedctlMaintenanceFailing"},
  };
  for (const auto& trouble : troubles) {
    INFO(trouble.check);
    const auto findings = check(trouble.text);
    REQUIRE(findings.count(trouble.check) == 1);
    CHECK(findings.at(trouble.check).severity != Severity::ok);
    CHECK(findings.at(trouble.check).alert == trouble.alert);
  }
}

TEST_CASE("units that failed, restart again and again, or should run have findings") {
  // As systemctl show --property=... 'feedctl*' of systemd 252 prints it.
  const auto units = parse_units(
      "Id=feedctl@1.service\nActiveState=active\nSubState=running\nResult=success\nNRestarts=0\n"
      "UnitFileState=enabled\n\n"
      "Id=feedctl-work@1.service\nActiveState=failed\nSubState=failed\nResult=exit-code\n"
      "NRestarts=5\nUnitFileState=enabled\n\n"
      "Id=feedctl-flush-views.timer\nActiveState=inactive\nSubState=dead\nResult=success\n"
      "UnitFileState=enabled\n");
  REQUIRE(units.size() == 3);
  operations::Findings findings;
  check_units(findings, units);
  operations::link_runbook(findings);
  REQUIRE(findings.size() == 3);
  CHECK(findings[0].severity == Severity::error);
  CHECK(findings[0].text == "feedctl-work@1.service has failed (exit-code)");
  CHECK(findings[0].fix.find("journalctl -u feedctl-work@1.service") == 0);
  CHECK(findings[1].check == "restarts");
  CHECK(findings[1].alert == "FeedctlRestarting");
  CHECK(findings[2].fix == "systemctl start feedctl-flush-views.timer");

  operations::Findings good;
  check_units(good, {units[0]});
  REQUIRE(good.size() == 1);
  CHECK(good[0].severity == Severity::ok);
  CHECK(parse_units("").empty());
}
