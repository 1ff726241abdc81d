#include "feedctl/serve/health.hpp"

#include "events/events.hpp"
#include "sql/serve.hpp"
#include "store/migrator.hpp"

namespace feedctl::app {

namespace {

int wanted_schema() {
  return store::embedded_migrations().back().version;
}

std::string schema_reason(int version) {
  return "the schema is at version " + std::to_string(version) + ", this binary wants " +
         std::to_string(wanted_schema()) +
         (version < wanted_schema() ? "; run feedctl migrate up" : "; install the newer feedctl");
}

}  // namespace

Health::Readiness Health::readiness() {
  if (draining_) return {false, "draining", "the server is shutting down"};
  try {
    const auto version =
        static_cast<int>(database_.read(sql::serve::schema_version).only().integer(0));
    if (version != wanted_schema()) return {false, "schema", schema_reason(version)};
    if (!keys_) return {false, "starting", "the server's key is not read yet"};
    was_ready_ = true;
    return {true, "ok", ""};
  } catch (const store::SqlError& e) {
    if (e.sqlstate() == "42P01" || e.sqlstate() == "42501")
      return {false, "schema", schema_reason(0)};
    return {was_ready_, was_ready_ ? "degraded" : "starting", e.what()};
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
