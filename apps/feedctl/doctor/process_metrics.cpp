#include "feedctl/doctor/process_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "feedctl/top/figures.hpp"
#include "feedctl/top/server_metrics.hpp"
#include "loadtest/number_text.hpp"

namespace feedctl::cli::checkup {

namespace {

using loadtest::MetricSample;
using loadtest::MetricsText;
using operations::Finding;
using operations::Severity;

// Those of configs/prometheus/alerts.yml.
constexpr double max_error_share = 0.01, max_shed_share = 0.01;
constexpr double max_latency = 0.5, max_pool_wait = 0.1, max_event_lag = 5;
constexpr double max_recomputes_per_second = 3;
constexpr double max_connection_share = 0.8;
constexpr double max_revocation_age = 60, max_flush_age = 300, max_task_age = 900;
constexpr double min_requests = 100;  // fewer say nothing about shares

double unix_seconds(Time time) {
  return static_cast<double>(unix_us(time)) / 1e6;
}

std::string ago(double unix_time, Time now) {
  return live::age_or_dash(unix_time, now) + " ago";
}

template <typename Work>
void each(const MetricsText& metrics, std::string_view family, Work work) {
  for (const auto& sample : metrics.samples) {
    if (sample.name == family) work(sample);
  }
}

class MetricsCheck {
 public:
  MetricsCheck(operations::Findings& findings, const MetricsText& metrics, Time now)
      : findings_(findings), metrics_(metrics), reduced_(live::reduce(metrics)), now_(now) {}

  void run() {
    check_degraded();
    check_requests();
    check_waits();
    check_counters();
    check_state();
    check_tasks();
  }

 private:
  void warn(std::string check, std::string text, std::string fix, double measure) {
    findings_.push_back(
        {std::move(check), Severity::warning, std::move(text), std::move(fix), measure});
  }
  double value(std::string_view family) const { return sum_of(metrics_, family).value_or(0); }

  void check_degraded() {
    for (const auto& [dependency, is_degraded] : reduced_.degraded) {
      if (is_degraded)
        warn("degraded", "a process goes on without " + dependency,
             "start " + dependency + ", or see what its log says; /debug/health has the reason", 1);
    }
  }

  void check_requests() {
    live::Route all;
    for (const auto& [name, route] : reduced_.routes) all.add(route);
    const double requests = all.latency.count, shed = value("feedctl_http_shed_total");
    if (requests < min_requests) return;
    if (all.errors > max_error_share * requests)
      warn("errors",
           loadtest::percent_text(all.errors / requests) +
               " of its requests since its start were answered with 5xx",
           "its log has \"request failed\" with the cause; feedctl top shows which routes",
           all.errors / requests);
    if (const auto p99 = all.latency.quantile(0.99); p99.value_or(0) > max_latency)
      warn("latency",
           "one request in a hundred since its start took longer than " + live::seconds_text(p99),
           "feedctl top shows which routes; then look at PostgreSQL (transactions, connections)",
           *p99);
    if (shed > max_shed_share * (requests + shed))
      warn("shed",
           loadtest::count_text(static_cast<std::uint64_t>(shed)) +
               " requests since its start were refused as too many",
           "server.threads, or more servers: see docs/operations.md, \"too busy, try again\"",
           shed);
  }

  void check_waits() {
    live::Histogram pool;
    each(metrics_, "feedctl_db_pool_wait_seconds_bucket", [&](const MetricSample& sample) {
      const auto le = std::string(sample.label("le"));
      pool.buckets[le == "+Inf" ? INFINITY : std::strtod(le.c_str(), nullptr)] += sample.value;
    });
    pool.count = value("feedctl_db_pool_wait_seconds_count");
    const auto wait = pool.quantile(0.99);
    const bool is_full = reduced_.pool_waiting.value_or(0) > 0 && reduced_.pool_limit &&
                         reduced_.pool_busy.value_or(0) >= *reduced_.pool_limit;
    if (wait.value_or(0) > max_pool_wait || is_full)
      warn("pool",
           "requests wait for a connection to PostgreSQL, one in a hundred for " +
               live::seconds_text(wait),
           "database.pool_size, if PostgreSQL has room for more connections", wait.value_or(0));
    const auto lag = reduced_.event_lag.quantile(0.99);
    if (lag.value_or(0) > max_event_lag)
      warn("event_lag",
           "effects of events came up to " + live::seconds_text(lag) +
               " late since its start: feeds and counts are late",
           "more feedctl work, or work.concurrency", *lag);
  }

  void check_counters() {
    const struct {
      const char *family, *check, *text, *fix;
    } counters[] = {
        {"feedctl_feed_divergence_total", "feed_divergence",
         "pages from memory differed from the defining query's",
         "feedctl verify --index --all; the log has both lists"},
        {"feedctl_views_uncounted_total", "views_uncounted",
         "views were lost, since neither Redis nor PostgreSQL took them",
         "see that Redis and PostgreSQL answer (degraded)"},
        {"feedctl_views_rollbacks_total", "views_rollback",
         "times Redis showed older counters than PostgreSQL: it was restored from older data",
         "see docs/views.md; appendonly yes in redis.conf"},
        {"feedctl_log_dropped_total", "log_lines", "lines of the log are lost",
         "see that its reader (journald, a pipe) keeps up, and that the disk has room"},
    };
    for (const auto& counter : counters) {
      const double count = value(counter.family);
      if (count > 0)
        warn(counter.check,
             loadtest::count_text(static_cast<std::uint64_t>(count)) + " " + counter.text +
                 " since its start",
             counter.fix, count);
    }
    const auto uptime = unix_seconds(now_) - reduced_.start_time.value_or(unix_seconds(now_));
    const double recomputes = reduced_.recomputes.value_or(0);
    if (uptime > 60 && recomputes / uptime > max_recomputes_per_second)
      warn("recomputes",
           "the hot feed is computed " + live::per_second(recomputes / uptime) + " times a second",
           "see that Redis answers, and hot.refresh_window", recomputes / uptime);
  }

  void check_state() {
    const double clients = value("feedctl_http_connections"),
                 max = value("feedctl_http_connections_limit");
    if (max > 0 && clients > max_connection_share * max)
      warn("client_connections",
           live::count_or_dash(clients) + " of " + live::count_or_dash(max) +
               " client connections are open: further clients wait",
           "LimitNOFILE= of the unit (ulimit -n), up to 20,000 connections; then more servers",
           clients);
    if (sum_of(metrics_, "feedctl_config_last_reload_successful") == 0.0)
      warn("reload", "the last SIGHUP was refused: the old configuration holds",
           "feedctl config check", 0);
    const auto read = sum_of(metrics_, "feedctl_auth_revocations_last_read_timestamp_seconds");
    if (read && unix_seconds(now_) - *read > max_revocation_age)
      findings_.push_back({"revocations", Severity::error,
                           *read == 0 ? "revocations of tokens were never read"
                                      : "revocations of tokens were last read " + ago(*read, now_) +
                                            ": a revoked token still works",
                           "see that PostgreSQL answers; else restart this server",
                           unix_seconds(now_) - *read});
  }

  // A task that failed, and has not succeeded for longer than its interval can be.
  void check_tasks() {
    std::map<std::string, double> last_success;
    each(metrics_, "feedctl_periodic_task_last_success_timestamp_seconds",
         [&](const MetricSample& sample) {
           last_success[std::string(sample.label("task"))] = sample.value;
         });
    each(metrics_, "feedctl_periodic_task_failures_total", [&](const MetricSample& sample) {
      constexpr double max_failures = 2;
      const auto task = std::string(sample.label("task"));
      const auto found = last_success.find(task);
      const double age = unix_seconds(now_) - (found == last_success.end() ? 0 : found->second);
      if (sample.value > max_failures && age > max_task_age)
        warn("tasks",
             "the maintenance task \"" + loadtest::printable_text(task) + "\" failed " +
                 live::count_or_dash(sample.value) + " times and has not succeeded since",
             "its log says why: grep for the task's name", sample.value);
    });
  }

  operations::Findings& findings_;
  const MetricsText& metrics_;
  const live::ServerMetrics reduced_;
  const Time now_;
};

// "media gc" is one command of two words.
std::string check_name(std::string command) {
  std::replace(command.begin(), command.end(), ' ', '-');
  return "job_" + command;
}

Finding job_finding(const std::string& command, const live::JobRun& job, Time now) {
  Finding finding{check_name(command), Severity::ok, "", "", job.exit_code};
  const auto success = job.last_success ? ago(*job.last_success, now) : std::string("never");
  if (job.exit_code.value_or(0) == 0) {
    finding.text = "the last run succeeded " + success;
    return finding;
  }
  finding.severity = Severity::warning;
  finding.text = "the last run ended with exit code " + live::count_or_dash(job.exit_code) +
                 "; it last succeeded " + success;
  finding.fix = command == "verify" && job.exit_code == 3.0
                    ? "feedctl verify --all --repair, and find out why: feedctl dlq list"
                    : "feedctl " + command + ", and read what it says";
  return finding;
}

}  // namespace

std::optional<double> sum_of(const MetricsText& metrics, std::string_view family) {
  std::optional<double> sum;
  each(metrics, family, [&](const MetricSample& sample) { sum = sum.value_or(0) + sample.value; });
  return sum;
}

void check_metrics(operations::Findings& findings, const MetricsText& metrics, Time now) {
  MetricsCheck(findings, metrics, now).run();
}

void check_job_runs(operations::Findings& findings, const MetricsText& metrics, Time now) {
  const auto reduced = live::reduce(metrics);
  for (const auto& [command, job] : reduced.jobs)
    findings.push_back(job_finding(command, job, now));
  if (!reduced.last_flush) return;
  const double age = unix_seconds(now) - *reduced.last_flush;
  Finding finding{"views_flush", Severity::ok,
                  "the last flush was " + ago(*reduced.last_flush, now), "", age};
  if (age > max_flush_age) {
    finding.severity = Severity::warning;
    finding.fix = "systemctl start feedctl-flush-views.timer, or feedctl flush-views";
  }
  findings.push_back(std::move(finding));
}

}  // namespace feedctl::cli::checkup
