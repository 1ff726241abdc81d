#include "events/tail.hpp"

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "events/log.hpp"
#include "sql/events.hpp"

namespace feedctl::events {

namespace {

constexpr std::chrono::milliseconds longest_poll{60'000};

// As PostgreSQL writes it in ISO style and UTC: 2025-10-24 12:00:00.123456+00.
Time time_of(std::string_view text) {
  constexpr std::string_view utc = "+00";
  if (text.size() > utc.size() && text.substr(text.size() - utc.size()) == utc) {
    std::string rfc(text.substr(0, text.size() - utc.size()));
    if (const auto time = parse_rfc3339(rfc += 'Z')) return *time;
  }
  throw Error(ErrorCode::internal, "the database gave no time");
}

Event event_of(const store::Row& row) {
  Event event;
  event.xid = static_cast<TransactionId>(row.integer(2));
  event.id = row.integer(3);
  event.at = time_of(row.text(4));
  event.type = static_cast<Type>(row.integer(5));
  event.shard = static_cast<int>(row.integer(6));
  event.actor = row.integer(7);
  event.object = row.integer(8);
  if (!row.null(9)) event.liked_at = time_of(row.text(9));
  return event;
}

TransactionId transaction(std::string_view text) {
  return std::stoull(std::string(text));
}

Error other_line(const Snapshot& position) {
  return Error(ErrorCode::failed,
               "another server has taken over, or this one was restored: it may lack some of what "
               "was read up to " +
                   position.text())
      .with_hint("where it lacks nothing go on with --from " + position.text() +
                 "; else begin anew: feedctl events tail --from start");
}

Error is_behind() {
  return Error(ErrorCode::failed,
               "the database lacks some of what was read from it: it was restored, or another "
               "server has taken over without the last commits")
      .with_hint("begin anew: feedctl events tail --from start");
}

}  // namespace

Tail::Tail(store::Options options, std::optional<Snapshot> from, std::size_t most)
    : options_(std::move(options)),
      most_(static_cast<std::int64_t>(most)),
      position_(std::move(from)) {
  options_.primary_only = true;
  options_.settings = reader_settings();
  options_.settings.emplace_back("datestyle", "ISO");
  // Who is far behind has much to look through.
  options_.statement_timeout = std::max(options_.statement_timeout, longest_poll);
}

// A server that crashed gives the transaction ids again that it had not made durable: above the
// last event known, nothing counts as seen.
void Tail::connect() {
  session_.reset();
  auto session = std::make_unique<store::Session>(options_);
  check_line(*session);
  session_ = std::move(session);
  if (known_) {
    position_ = position_->cut(*known_ + 1);
    if (round_) round_->upto = round_->upto.cut(*known_ + 1);
    return;
  }
  const auto rows = session_->run(sql::events::tail_begin);
  const auto row = rows.only();
  if (!position_) position_ = snapshot_of(row.text(0));
  const auto floor = transaction(row.text(2));
  known_ = std::max(row.null(1) ? 0 : transaction(row.text(1)), floor > 0 ? floor - 1 : 0);
}

// Another server may answer now, or this one with older data, which may have overtaken the position
// since.
void Tail::check_line(store::Session& session) {
  store::Params given;
  if (given_)
    given.add(std::to_string(given_->xid)).add(given_->id).add(given_->at);
  else
    given.add(std::nullopt).add(std::nullopt).add(std::nullopt);
  const auto rows = session.run(sql::events::tail_line, given);
  const std::string line(rows.only().text(0));
  if (!rows.only().boolean(1)) throw is_behind();
  if (position_ && !line_.empty() && line != line_) throw other_line(*position_);
  line_ = line;
}

// After a crash the server is behind the position only where that was not cut yet.
void Tail::check_covered(const Snapshot& next) const {
  if (!next.covers(*position_)) throw is_behind();
}

// What follows the first row, which holds the log's floor.
std::vector<Event> Tail::events_of(const store::Result& rows) {
  if (position_->xmin < transaction(rows[0].text(1))) {
    round_.reset();
    throw Error(ErrorCode::failed, "the log no longer holds everything after this position")
        .with_hint("begin anew: feedctl events tail --from start");
  }
  std::vector<Event> events;
  events.reserve(rows.size() - 1);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    events.push_back(event_of(rows[i]));
    known_ = std::max(*known_, events.back().xid);
  }
  if (!events.empty()) given_ = events.back();
  return events;
}

std::vector<Event> Tail::poll() {
  if (!session_ || !session_->usable() || !known_) connect();
  if (round_) return slice();
  const auto rows = session_->run(sql::events::tail, store::params(position_->text(), most_ + 1));
  auto next = snapshot_of(rows[0].text(0));
  check_covered(next);
  if (rows.size() - 1 > static_cast<std::size_t>(most_)) {
    round_.emplace(Round{std::move(next), std::numeric_limits<Id>::min(), 0, false});
    return slice();
  }
  auto events = events_of(rows);
  position_ = std::move(next);
  return events;
}

// The next events of the round, of so many ids; what nobody wrote is skipped.
std::vector<Event> Tail::slice() {
  const auto upto = round_->upto.text();
  for (;;) {
    if (!round_->bounded) {
      const auto bounds = session_->run(sql::events::tail_bounds,
                                        store::params(position_->text(), upto, round_->next));
      if (bounds.only().null(0)) break;
      round_->next = bounds.only().integer(0);
      round_->last = bounds.only().integer(1);
      round_->bounded = true;
    }
    const auto last = std::min(round_->next + most_ - 1, round_->last);
    auto events = events_of(session_->run(
        sql::events::tail_slice, store::params(position_->text(), upto, round_->next, last)));
    const bool whole = last == round_->last;
    round_->next = last + 1;
    round_->bounded = !events.empty();
    if (whole) finish_round();
    if (whole || !events.empty()) return events;
  }
  finish_round();
  return {};
}

void Tail::finish_round() {
  position_ = std::move(round_->upto);
  round_.reset();
}

}  // namespace feedctl::events
