#include "events/tail.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "events/log.hpp"
#include "sql/events.hpp"

namespace feedctl::events {

namespace {

constexpr std::chrono::milliseconds longest_poll{60'000};

Snapshot snapshot_of(std::string_view text) {
  const auto snapshot = Snapshot::parse(text);
  if (!snapshot) throw Error(ErrorCode::internal, "the database gave no snapshot");
  return *snapshot;
}

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

}  // namespace

Tail::Tail(store::Options options, std::optional<Snapshot> from)
    : options_(std::move(options)), position_(std::move(from)) {
  options_.settings = reader_settings();
  options_.settings.emplace_back("datestyle", "ISO");
  // Who is far behind has much to read at once.
  options_.statement_timeout = std::max(options_.statement_timeout, longest_poll);
}

// A server that crashed gives the transaction ids again that it had not made durable: above the
// last event given, nothing counts as seen.
void Tail::reconnect() {
  const bool again = session_ != nullptr;
  session_.reset();
  session_ = std::make_unique<store::Session>(options_);
  if (again && position_ && last_ > 0) position_ = position_->cut(last_ + 1);
}

std::vector<Event> Tail::poll() {
  if (!session_ || !session_->usable()) reconnect();
  if (!position_) position_ = snapshot_of(session_->run(sql::events::now).only().text(0));
  const auto rows = session_->run(sql::events::tail, store::params(position_->text()));
  if (const auto floor = std::stoull(std::string(rows[0].text(1))); position_->xmin < floor) {
    throw Error(ErrorCode::failed, "the log no longer holds everything after this position")
        .with_hint("begin anew: feedctl events tail --from start");
  }
  std::vector<Event> events;
  events.reserve(rows.size() - 1);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    events.push_back(event_of(rows[i]));
    last_ = std::max(last_, events.back().xid);
  }
  position_ = snapshot_of(rows[0].text(0));
  return events;
}

}  // namespace feedctl::events
