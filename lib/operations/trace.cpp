#include "operations/trace.hpp"

#include "sql/verify.hpp"

namespace feedctl::operations {
namespace {

FanOutTrace::Job job_of(const store::Row& row) {
  FanOutTrace::Job job;
  job.is_dead = row.text(0) == "dead";
  job.id = row.integer(1);
  job.kind = row.text(2);
  job.done = row.integer(3);
  job.total = row.maybe_integer(4);
  job.cursor = row.maybe_text(5);
  job.attempts = static_cast<int>(row.integer(6));
  job.error = row.maybe_text(7);
  job.created_at = row.time(8);
  job.chunks = row.integer(9);
  return job;
}

std::optional<std::chrono::microseconds> maybe_microseconds(const store::Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return std::chrono::microseconds{row.integer(column)};
}

FanOutLag lag_of(const store::Row& row) {
  FanOutLag lag;
  lag.has_commit_times = row.boolean(0);
  lag.has_event = row.boolean(1);
  lag.p50 = maybe_microseconds(row, 2);
  lag.p99 = maybe_microseconds(row, 3);
  lag.max = maybe_microseconds(row, 4);
  lag.rows = row.integer(5);
  lag.transactions = row.integer(6);
  lag.backfilled = row.integer(7);
  return lag;
}

}  // namespace

std::optional<FanOutTrace> trace_fan_out(store::Database& database, Id post) {
  auto tx = database.snapshot();
  const auto rows = tx.query(sql::verify::trace, store::params(post));
  if (rows.empty()) return std::nullopt;
  const auto row = rows.single_row();
  FanOutTrace out;
  out.created_at = row.time(0);
  out.is_post_alive = row.boolean(1);
  out.author = row.maybe_integer(2);
  out.is_event_pending = row.boolean(3);
  out.fan_out_on_read = row.boolean(4);
  out.is_above_feed_floor = row.boolean(5);
  out.followers = row.integer(6);
  out.active_followers = row.integer(7);
  out.rows = row.integer(8);
  for (const auto job : tx.query(sql::verify::trace_jobs, store::params(post)))
    out.jobs.push_back(job_of(job));
  const auto lag = tx.query(sql::verify::trace_lag, store::params(post));
  out.lag = lag_of(lag.single_row());
  return out;
}

std::string FanOutLag::missing_reason() const {
  if (rows > 0) return "";
  if (!has_commit_times)
    return "track_commit_timestamp is off: feedctl doctor says how to switch it on";
  if (!has_event) return "the log has no event of it: it is too old, or was loaded in bulk";
  if (backfilled > 0) return "its rows came by later follows and activations";
  return "no row was written while commits were tracked";
}

std::optional<std::int64_t> FanOutTrace::Job::chunks_left() const {
  if (!total) return std::nullopt;
  if (*total <= done) return 0;
  if (chunks == 0 || done == 0) return std::nullopt;
  const auto rows_per_chunk = done / chunks;
  if (rows_per_chunk == 0) return std::nullopt;
  return (*total - done + rows_per_chunk - 1) / rows_per_chunk;
}

std::string FanOutTrace::verdict() const {
  if (!is_post_alive) return "the post is deleted: readers leave its rows out";
  if (!author) return "the post has no author, so it is in nobody's home feed";
  if (fan_out_on_read) return "its author has many followers: it is merged at read and has no rows";
  if (!is_above_feed_floor) return "it is older than the kept rows: the defining query answers";
  const auto left = active_followers - rows;
  if (left <= 0) return "it has reached every follower that rows are kept for";
  const auto missing =
      std::to_string(left) + " of " + std::to_string(active_followers) + " rows are ";
  if (is_event_pending) return missing + "still to come: its event waits";
  for (const auto& job : jobs) {
    if (!job.is_dead) return missing + "still to come: a job is open";
  }
  for (const auto& job : jobs) {
    if (job.is_dead) return missing + "missing: its fan-out was given up, see feedctl dlq list";
  }
  return missing +
         "missing, unless a backfill or an activation will write them: feedctl verify says";
}

}  // namespace feedctl::operations
