#include "events/partitions.hpp"

#include "base/log.hpp"
#include "metrics/metrics.hpp"
#include "sql/events.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::events {

namespace {
constexpr std::chrono::hours full_run_interval{1};
// Attaching a partition that was detached takes long: PostgreSQL checks all its events.
constexpr std::chrono::seconds max_create_time{30};

void export_partitions_ahead(int days) {
  static auto& gauge = metrics::gauge("feedctl_event_parts_ahead",
                                      "Days from today on for which the event log has a partition");
  gauge.set(days);
}

}  // namespace

int partitions_ahead(store::Database& database) {
  return static_cast<int>(database.read(sql::events::parts_ahead).single_row().integer(0));
}

bool has_current_partition(store::Database& database) {
  return database.read(sql::events::takes_events).single_row().boolean(0);
}

void create_partitions(store::Database& database, int ahead) {
  auto tx = database.write(max_create_time);
  const auto made = tx.query(sql::events::make_parts, store::params(ahead)).single_row().integer(0);
  tx.commit();
  export_partitions_ahead(partitions_ahead(database));
  if (made > 0)
    log::info("created partitions of the event log", {{"parts", made}, {"days_ahead", ahead}});
}

void ensure_partitions(store::Database& database, int ahead) {
  const int there = partitions_ahead(database);
  export_partitions_ahead(there);
  if (there < ahead) create_partitions(database, ahead);
}

void PartitionMaintainer::maintain(RetryBackoff::Clock::time_point now) {
  if (!backoff_.is_over(now)) return export_partitions_ahead(partitions_ahead(database_));
  try {
    create(now);
  } catch (...) {
    backoff_.on_failure(now);
    throw;
  }
  if (const int there = partitions_ahead(database_); there < ahead_) {
    backoff_.on_failure(now);
    log::warning("a day of the event log is left to its DEFAULT partition, which holds too much",
                 {{"days_ahead", there}, {"hint", "feedctl migrate up moves it"}});
  } else {
    backoff_.on_success();
  }
}

void PartitionMaintainer::create(RetryBackoff::Clock::time_point now) {
  if (now < next_full_run_) return ensure_partitions(database_, ahead_);
  create_partitions(database_, ahead_);
  next_full_run_ = now + full_run_interval;
}

void drop_oldest_partition(store::Database& database, std::chrono::milliseconds retention,
                           Time now) {
  try {
    const auto retired = database.execute(sql::events::retire_part,
                                          store::params(std::int64_t{retention.count()}, now));
    if (const auto part = retired.single_row().maybe_text(0)) {
      log::info("dropped a partition of the event log", {{"part", *part}});
    }
  } catch (const store::SqlError& error) {
    if (error.sqlstate() != store::sqlstate::lock_not_available)
      throw;  // else readers hold locks, and a later call retires it
  }
}

void drop_idle_relay(store::Database& database) {
  if (database.execute(sql::events::drop_relay).affected() > 0) {
    log::info("removed the relay of a bus that is no longer used");
  }
}

}  // namespace feedctl::events
