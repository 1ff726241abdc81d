#include "operations/doctor_runbook.hpp"

namespace feedctl::operations {

namespace {

constexpr RunbookLink links[] = {
    {"serve", "FeedctlDown"},
    {"work", "FeedctlProcessDown"},
    {"serve_ready", "FeedctlNotReady"},
    {"work_ready", "FeedctlNotReady"},
    {"errors", "FeedctlErrorRate"},
    {"latency", "FeedctlSlowRequests"},
    {"shed", "FeedctlOverload"},
    {"postgresql", "FeedctlDatabaseDown"},
    {"redis", "FeedctlDependencyDegraded"},
    {"degraded", "FeedctlDependencyDegraded"},
    {"media", "FeedctlDependencyDegraded"},
    {"connections", "FeedctlDatabaseConnections"},
    {"connections_used", "FeedctlDatabaseConnections"},
    {"pool", "FeedctlDatabasePoolWait"},
    {"transactions", "FeedctlLongTransaction"},
    {"prepared_transactions", "FeedctlLongTransaction"},
    {"redis_memory", "FeedctlRedisMemory"},
    {"consumer_lag", "FeedctlConsumerLag"},
    {"workers", "FeedctlConsumerLag"},
    {"event_lag", "FeedctlEventLag"},
    {"jobs", "FeedctlJobsStuck"},
    {"dead_letters", "FeedctlDeadLetters"},
    {"log_parts", "FeedctlLogPartitions"},
    {"tasks", "FeedctlMaintenanceFailing"},
    {"recomputes", "FeedctlHotRecomputes"},
    {"feed_divergence", "FeedctlFeedDivergence"},
    {"job_verify", "FeedctlDrift"},
    {"job_flush-views", "FeedctlJobFailed"},
    {"job_warm-cache", "FeedctlJobFailed"},
    {"job_rebuild-feed", "FeedctlJobFailed"},
    {"job_media-gc", "FeedctlJobFailed"},
    {"views_flush", "FeedctlViewsFlushStale"},
    {"views_backlog", "FeedctlViewsFlushStale"},
    {"views_rollback", "FeedctlViewsRollback"},
    {"views_uncounted", "FeedctlViewsUncounted"},
    {"views_redis", "FeedctlDependencyDegraded"},
    {"revocations", "FeedctlRevocationsStale"},
    {"restarts", "FeedctlRestarting"},
    {"client_connections", "FeedctlConnectionsFull"},
    {"log_lines", "FeedctlLogLinesDropped"},
    {"reload", "FeedctlReloadRefused"},
};

}  // namespace

std::span<const RunbookLink> runbook_links() {
  return links;
}

void link_runbook(Findings& findings) {
  for (auto& finding : findings) {
    if (finding.severity == Severity::ok || !finding.alert.empty()) continue;
    for (const auto& link : links) {
      if (link.check == finding.check) finding.alert = link.alert;
    }
  }
}

}  // namespace feedctl::operations
