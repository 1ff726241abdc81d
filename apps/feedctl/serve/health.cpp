#include "feedctl/serve/health.hpp"

#include "events/events.hpp"
#include "events/partitions.hpp"
#include "sql/serve.hpp"

namespace feedctl::app {

ReadinessStatus Health::readiness() {
  if (draining_) return {false, "draining", "the server is shutting down"};
  try {
    if (auto trouble = database_readiness_.check())
      return {false, std::move(trouble->status), std::move(trouble->reason)};
    if (!keys_loaded_) return {false, "starting", "the server's key is not read yet"};
    was_ready_ = true;
    return {true, "ok", ""};
  } catch (const Error& e) {
    return {was_ready_, was_ready_ ? "degraded" : "starting", e.what()};
  }
}

Health::Report Health::report() {
  Report report;
  report.readiness = readiness();
  report.is_cache_configured = cache_configured_;
  report.is_cache_up = cache_.is_available();
  if (!report.is_cache_up) report.cache_trouble = cache_.last_failure();
  report.uptime =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_);
  try {
    const auto start = std::chrono::steady_clock::now();
    database_.ping();
    report.database_latency_ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    report.is_database_up = true;
    report.schema_version =
        static_cast<int>(database_.read(sql::serve::schema_version).single_row().integer(0));
    report.partitions_ahead = events::partitions_ahead(database_);
  } catch (const Error&) {
    // Unknown values keep their defaults.
  }
  return report;
}

}  // namespace feedctl::app
