#include "events/log_tail.hpp"

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "events/consumer_log.hpp"
#include "sql/events.hpp"

namespace feedctl::events {

namespace {

constexpr std::chrono::milliseconds max_poll_time{60'000};

// As PostgreSQL writes it in ISO style and UTC: 2025-10-24 12:00:00.123456+00.
Time parse_pg_time(std::string_view text) {
  constexpr std::string_view utc = "+00";
  if (text.size() > utc.size() && text.substr(text.size() - utc.size()) == utc) {
    std::string rfc(text.substr(0, text.size() - utc.size()));
    if (const auto time = parse_rfc3339(rfc += 'Z')) return *time;
  }
  throw Error(ErrorCode::internal, "the database returned no time");
}

// From post, count, post, count, ..
std::vector<ViewDelta> to_view_deltas(const std::vector<std::int64_t>& values) {
  if (values.size() % 2 != 0) {
    throw Error(ErrorCode::internal, "an event has a post without its count of views");
  }
  std::vector<ViewDelta> deltas;
  deltas.reserve(values.size() / 2);
  for (std::size_t i = 0; i < values.size(); i += 2) deltas.push_back({values[i], values[i + 1]});
  return deltas;
}

Event to_event(const store::Row& row) {
  Event event;
  event.xid = static_cast<TransactionId>(row.integer(2));
  event.id = row.integer(3);
  event.at = parse_pg_time(row.text(4));
  event.type = static_cast<Type>(row.integer(5));
  event.shard = static_cast<int>(row.integer(6));
  event.actor = row.integer(7);
  event.object = row.integer(8);
  if (!row.is_null(9)) event.liked_at = parse_pg_time(row.text(9));
  if (!row.is_null(10)) event.view_deltas = to_view_deltas(row.integers(10));
  return event;
}

// Then the result has no events.
bool has_too_many_posts(const store::Result& rows) {
  return !rows[0].is_null(8);
}

Error timeline_changed_error(const PgSnapshot& position) {
  return Error(ErrorCode::failed,
               "another server has taken over, or this one was restored: it may lack some of what "
               "was read up to " +
                   position.text())
      .with_hint("if nothing is missing continue with --from " + position.text() +
                 "; else start again: feedctl events tail --from start");
}

Error lost_commits_error() {
  return Error(ErrorCode::failed,
               "the database lacks some of what was read from it: it was restored, or another "
               "server has taken over without the last commits")
      .with_hint("start again: feedctl events tail --from start");
}

}  // namespace

LogTail::LogTail(store::Options options, std::optional<PgSnapshot> from, std::size_t max_events,
                 std::int64_t max_posts)
    : options_(std::move(options)),
      max_events_(static_cast<std::int64_t>(max_events)),
      max_posts_(max_posts),
      position_(std::move(from)) {
  options_.primary_only = true;
  options_.settings = planner_settings();
  options_.settings.emplace_back("datestyle", "ISO");
  // A tail that is far behind reads many events in one statement.
  options_.statement_timeout = std::max(options_.statement_timeout, max_poll_time);
}

// A server that crashed assigns transaction ids again that were not durable. So after a reconnect
// the position ends at the last known event.
void LogTail::connect() {
  session_.reset();
  auto session = std::make_unique<store::Session>(options_);
  require_same_timeline(*session);
  session_ = std::move(session);
  if (last_durable_xid_) {
    position_ = position_->truncate(*last_durable_xid_ + 1);
    if (round_) round_->upto = round_->upto.truncate(*last_durable_xid_ + 1);
    return;
  }
  const auto rows = session_->run(sql::events::tail_begin);
  const auto row = rows.single_row();
  if (!position_) position_ = parse_snapshot(row.text(0));
  const auto log_floor = parse_xid(row.text(2));
  last_durable_xid_ =
      std::max(row.is_null(1) ? 0 : parse_xid(row.text(1)), log_floor > 0 ? log_floor - 1 : 0);
}

// The connection may lead to another server now, or to restored data whose transaction ids have
// passed the position since.
void LogTail::require_same_timeline(store::Session& session) {
  store::Params given;
  if (last_event_)
    given.add(std::to_string(last_event_->xid)).add(last_event_->id).add(last_event_->at);
  else
    given.add(std::nullopt).add(std::nullopt).add(std::nullopt);
  const auto rows = session.run(sql::events::tail_line, given);
  const std::string line(rows.single_row().text(0));
  if (!rows.single_row().boolean(1)) throw lost_commits_error();
  if (position_ && !timeline_.empty() && line != timeline_)
    throw timeline_changed_error(*position_);
  timeline_ = line;
}

// A server that lost commits in a crash is behind the position.
void LogTail::require_covered(const PgSnapshot& next) const {
  if (!next.covers(*position_)) throw lost_commits_error();
}

// The first row holds the log floor; the events follow.
std::vector<Event> LogTail::read_events(const store::Result& rows) {
  if (position_->xmin < parse_xid(rows[0].text(1))) {
    round_.reset();
    throw Error(ErrorCode::failed, "the log no longer holds everything after this position")
        .with_hint("start again: feedctl events tail --from start");
  }
  std::vector<Event> events;
  events.reserve(rows.size() - 1);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    events.push_back(to_event(rows[i]));
    last_durable_xid_ = std::max(*last_durable_xid_, events.back().xid);
  }
  if (!events.empty()) last_event_ = events.back();
  return events;
}

std::vector<Event> LogTail::poll() {
  if (!session_ || !session_->is_usable() || !last_durable_xid_) connect();
  if (round_) return read_round_slice();
  const auto rows = session_->run(sql::events::tail,
                                  store::params(position_->text(), max_events_ + 1, max_posts_));
  auto next = parse_snapshot(rows[0].text(0));
  require_covered(next);
  if (rows.size() - 1 > static_cast<std::size_t>(max_events_) || has_too_many_posts(rows)) {
    begin_round(std::move(next));
    return read_round_slice();
  }
  auto events = read_events(rows);
  position_ = std::move(next);
  return events;
}

void LogTail::begin_round(PgSnapshot upto) {
  round_.emplace(Round{std::move(upto), std::numeric_limits<Id>::min(), 0, false, max_events_});
}

// False: the round has no more events.
bool LogTail::find_bounds(const std::string& upto) {
  const auto bounds = session_->run(sql::events::tail_bounds,
                                    store::params(position_->text(), upto, round_->next_id));
  if (bounds.single_row().is_null(0)) return false;
  round_->next_id = bounds.single_row().integer(0);
  round_->last_id = bounds.single_row().integer(1);
  return round_->has_bounds = true;
}

// The next events of the round, from a range of ids. Skips ranges without events.
std::vector<Event> LogTail::read_round_slice() {
  const auto upto = round_->upto.text();
  while (round_->has_bounds || find_bounds(upto)) {
    const auto last = std::min(round_->next_id + round_->slice_ids - 1, round_->last_id);
    auto events = try_read_slice(upto, last);
    if (!events) continue;
    const bool whole = last == round_->last_id;
    round_->next_id = last + 1;
    round_->has_bounds = !events->empty();
    if (whole) finish_round();
    if (whole || !events->empty()) return *std::move(events);
  }
  finish_round();
  return {};
}

// nullopt: its events name too many posts, so the next slice is a smaller one.
std::optional<std::vector<Event>> LogTail::try_read_slice(const std::string& upto, Id last) {
  auto& slice_ids = round_->slice_ids;
  const auto max_posts = slice_ids == 1 ? std::numeric_limits<std::int64_t>::max() : max_posts_;
  const auto rows =
      session_->run(sql::events::tail_slice,
                    store::params(position_->text(), upto, round_->next_id, last, max_posts));
  if (has_too_many_posts(rows)) {
    slice_ids /= 2;
    return std::nullopt;
  }
  auto events = read_events(rows);
  slice_ids = std::min(2 * slice_ids, max_events_);
  return events;
}

void LogTail::finish_round() {
  position_ = std::move(round_->upto);
  round_.reset();
}

}  // namespace feedctl::events
