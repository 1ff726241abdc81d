#include "events/tail.hpp"

#include "base/error.hpp"
#include "events/log.hpp"
#include "sql/events.hpp"

namespace feedctl::events {

namespace {

Snapshot snapshot_of(std::string_view text) {
  const auto snapshot = Snapshot::parse(text);
  if (!snapshot) throw Error(ErrorCode::internal, "the database gave no snapshot");
  return *snapshot;
}

}  // namespace

Tail::Tail(store::Options options, std::optional<Snapshot> from)
    : options_(std::move(options)), position_(std::move(from)) {
  options_.settings = reader_settings();
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
    events.push_back(event_from_row(rows[i], 2));
    last_ = std::max(last_, events.back().xid);
  }
  position_ = snapshot_of(rows[0].text(0));
  return events;
}

}  // namespace feedctl::events
