#include "events/consumer_log.hpp"

#include "base/error.hpp"
#include "sql/events.hpp"
#include "store/guard.hpp"

namespace feedctl::events {

namespace {

constexpr std::chrono::seconds max_statement_time{30};

Error standby_error() {
  return Error(ErrorCode::config, "this database is a standby, where the log cannot be followed")
      .with_hint("point database.url at the primary");
}

}  // namespace

Event event_from_row(const store::Row& row, int first) {
  Event event;
  event.xid = parse_xid(row.text(first));
  event.id = row.integer(first + 1);
  event.at = row.time(first + 2);
  event.type = static_cast<Type>(row.integer(first + 3));
  event.shard = static_cast<int>(row.integer(first + 4));
  event.actor = row.integer(first + 5);
  event.object = row.integer(first + 6);
  if (!row.is_null(first + 7)) event.liked_at = row.time(first + 7);
  return event;
}

std::vector<std::pair<std::string, std::string>> planner_settings() {
  return {{"plan_cache_mode", "force_generic_plan"},
          {"enable_seqscan", "off"},
          {"enable_bitmapscan", "off"}};
}

UnitOfWork ConsumerLog::begin() {
  return Unit(database_.write(max_statement_time));
}

Batch ConsumerLog::read(Unit& unit, int slot, int max_events) {
  const auto rows =
      unit.tx().query(sql::events::batch, store::params(consumer_, slot, max_events, slots_));
  if (rows.empty()) {
    throw Error(ErrorCode::unavailable, "the log has no consumer " + consumer_)
        .with_hint("run feedctl migrate up");
  }
  Batch batch;
  batch.version = rows[0].integer(0);
  batch.upto = rows[0].text(1);
  batch.moved = rows[0].boolean(2);
  for (const auto row : rows) {
    if (!row.is_null(3)) batch.events.push_back(event_from_row(row, 3));
  }
  batch.full = batch.events.size() == static_cast<std::size_t>(max_events);
  return batch;
}

bool ConsumerLog::save(Unit& unit, int slot, const Batch& batch) {
  std::optional<std::string> xid;
  std::optional<std::int64_t> id;
  if (batch.full) {
    xid = std::to_string(batch.events.back().xid);
    id = batch.events.back().id;
  }
  return !unit.tx()
              .query(sql::events::save,
                     store::params(consumer_, slot, batch.version, batch.upto, xid, id))
              .empty();
}

std::optional<int> ConsumerLog::record_attempt(int slot, const Batch& batch, const Event& event) {
  const auto rows = database_.execute(
      sql::events::mark_try,
      store::params(consumer_, slot, batch.version, std::to_string(event.xid), event.id));
  if (rows.empty()) return std::nullopt;
  return static_cast<int>(rows.single_row().integer(0));
}

bool ConsumerLog::undo_attempt(int slot, const Batch& batch, const Event& event, int crashes) {
  return !database_
              .execute(sql::events::unmark_try,
                       store::params(consumer_, slot, batch.version, std::to_string(event.xid),
                                     event.id, crashes))
              .empty();
}

bool ConsumerLog::acquire_slot(int slot) {
  return database_.execute(sql::events::take_slot, store::params(consumer_, slot))
      .single_row()
      .boolean(0);
}

void ConsumerLog::release_slot(int slot) {
  database_.execute(sql::events::give_back_slot, store::params(consumer_, slot));
}

void require_primary(store::Database& database) {
  if (store::is_standby(database)) throw standby_error();
}

void require_home_cluster(store::Database& database) {
  const auto rows = database.read(sql::events::home);
  const auto row = rows.single_row();
  if (row.boolean(2)) throw standby_error();
  if (row.integer(0) != row.integer(1)) throw store::other_cluster_problem().error();
}

}  // namespace feedctl::events
