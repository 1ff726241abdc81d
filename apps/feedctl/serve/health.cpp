#include "feedctl/serve/health.hpp"

#include "events/events.hpp"
#include "events/parts.hpp"
#include "sql/serve.hpp"

namespace feedctl::app {

Health::Readiness Health::readiness() {
  if (draining_) return {false, "draining", "the server is shutting down"};
  try {
    if (auto trouble = database_readiness_.look())
      return {false, std::move(trouble->status), std::move(trouble->reason)};
    if (!keys_) return {false, "starting", "the server's key is not read yet"};
    was_ready_ = true;
    return {true, "ok", ""};
  } catch (const Error& e) {
    return {was_ready_, was_ready_ ? "degraded" : "starting", e.what()};
  }
}

Health::Report Health::report() {
  Report report;
  report.readiness = readiness();
  report.cache_configured = cache_configured_;
  report.cache_up = cache_.available();
  if (!report.cache_up) report.cache_trouble = cache_.trouble();
  report.uptime =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_);
  try {
    const auto start = std::chrono::steady_clock::now();
    database_.ping();
    report.database_ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    report.database_up = true;
    report.schema_version =
        static_cast<int>(database_.read(sql::serve::schema_version).only().integer(0));
    report.parts_ahead = events::parts_ahead(database_);
  } catch (const Error&) {
    // What is not known stays at its default and is shown so.
  }
  return report;
}

}  // namespace feedctl::app
