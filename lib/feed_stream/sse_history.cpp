#include "feed_stream/sse_history.hpp"

#include "feed_stream/post_events.hpp"

namespace feedctl::feed_stream {

using events::Type;

void SseHistory::clear() {
  complete_since_.reset();
  rounds_.clear();
  event_count_ = 0;
}

void SseHistory::begin_at(const events::PgSnapshot& position) {
  if (!complete_since_) complete_since_ = position;
}

void SseHistory::append(const events::PgSnapshot& before, std::span<const events::Event> events) {
  HistoryRound round{before, {}};
  for (const auto& event : events) {
    if (needs_post(event.type) || takes_post_away(event.type))
      round.entries.push_back({event.xid, event.id, event.type, event.actor, event.object});
    if (event.type == Type::user_deleted || event.type == Type::user_suspended ||
        event.type == Type::user_reinstated)
      round.entries.push_back({event.xid, event.id, event.type, event.object, 0});
    if (event.type == Type::post_unhidden)
      round.entries.push_back({event.xid, event.id, event.type, event.actor, 0});
  }
  if (round.entries.empty()) return;
  event_count_ += round.entries.size();
  rounds_.push_back(std::move(round));
  while (event_count_ > max_events_ && rounds_.size() > 1) {
    event_count_ -= rounds_.front().entries.size();
    rounds_.pop_front();
    complete_since_ = rounds_.front().before;
  }
}

SseHistory::Backlog SseHistory::backlog_since(const events::LogCursor& last_seen,
                                              const std::unordered_set<Id>& follows,
                                              std::size_t max_events) const {
  const auto reload = [] { return Backlog{{}, true}; };
  if (!complete_since_ || !last_seen.before.covers(*complete_since_)) return reload();
  Backlog backlog;
  std::size_t size = 0;
  for (std::size_t i = 0; i < rounds_.size(); ++i) {
    Backlog::Round round{rounds_[i].before, std::nullopt, {}};
    for (const auto& entry : rounds_[i].entries) {
      if (last_seen.is_visible(entry.xid, entry.event)) continue;
      // The follows no longer tell whether the reader followed a deleted account.
      if (entry.type == Type::user_deleted) return reload();
      if (follows.count(entry.author) == 0) continue;
      if (entry.post == 0) return reload();  // older posts of the author came or went
      round.entries.push_back(entry);
    }
    if (round.entries.empty()) continue;
    size += round.entries.size();
    if (size > max_events) return reload();
    if (i + 1 < rounds_.size()) round.upto = rounds_[i + 1].before;
    backlog.rounds.push_back(std::move(round));
  }
  return backlog;
}

}  // namespace feedctl::feed_stream
