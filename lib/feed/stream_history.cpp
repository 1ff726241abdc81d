#include "feed/stream_history.hpp"

namespace feedctl::feed {

using events::Type;

void StreamHistory::clear() {
  oldest_.reset();
  rounds_.clear();
  size_ = 0;
}

void StreamHistory::begin(const events::Snapshot& position) {
  if (!oldest_) oldest_ = position;
}

void StreamHistory::remember(const events::Snapshot& before,
                             std::span<const events::Event> events) {
  Past past{before, {}};
  for (const auto& event : events) {
    if (event.type == Type::post_created || event.type == Type::post_deleted)
      past.news.push_back({event.xid, event.id, event.type, event.actor, event.object});
    if (event.type == Type::user_deleted)
      past.news.push_back({event.xid, event.id, event.type, event.object, 0});
  }
  if (past.news.empty()) return;
  size_ += past.news.size();
  rounds_.push_back(std::move(past));
  while (size_ > most_ && rounds_.size() > 1) {
    size_ -= rounds_.front().news.size();
    rounds_.pop_front();
    oldest_ = rounds_.front().before;
  }
}

StreamHistory::Missed StreamHistory::since(const events::Place& saw,
                                           const std::unordered_set<Id>& follows,
                                           std::size_t most) const {
  const auto reload = [] { return Missed{{}, true}; };
  if (!oldest_ || !saw.before.covers(*oldest_)) return reload();
  Missed missed;
  std::size_t size = 0;
  for (std::size_t i = 0; i < rounds_.size(); ++i) {
    Missed::Round round{rounds_[i].before, std::nullopt, {}};
    for (const auto& news : rounds_[i].news) {
      if (saw.sees(news.xid, news.event)) continue;
      // Whom a reader followed is known no longer where it was somebody who has left.
      if (news.type == Type::user_deleted) return reload();
      if (follows.count(news.author) > 0) round.news.push_back(news);
    }
    if (round.news.empty()) continue;
    size += round.news.size();
    if (size > most) return reload();
    if (i + 1 < rounds_.size()) round.upto = rounds_[i + 1].before;
    missed.rounds.push_back(std::move(round));
  }
  return missed;
}

}  // namespace feedctl::feed
