#include "feed_stream/sse_readers.hpp"

#include <algorithm>
#include <utility>

namespace feedctl::feed_stream {

using events::Type;

SseReaders::Number SseReaders::add(Id user, events::LogCursor seen, std::uint64_t generation) {
  const auto number = ++last_number_;
  auto& reader = readers_[number];
  reader.user = user;
  reader.generation = generation;
  reader.seen = std::move(seen);
  reader.opened_at = reader.last_id_sent_at = Clock::now();
  by_user_.emplace(user, number);
  return number;
}

void SseReaders::remove(Number number) {
  const auto at = readers_.find(number);
  for (const Id author : at->second.follows) unindex(number, author);
  const auto [first, end] = by_user_.equal_range(at->second.user);
  by_user_.erase(std::find_if(first, end, [&](const auto& one) { return one.second == number; }));
  readers_.erase(at);
}

void SseReaders::go_live(Number number, const feed_index::LoadedFollows& loaded,
                         const std::shared_ptr<http::EventStream>& stream) {
  auto& reader = readers_.at(number);
  reader.follows_snapshot = loaded.snapshot;
  reader.follows.insert(loaded.follows.followees.begin(), loaded.follows.followees.end());
  reader.follows.insert(reader.user);
  for (const Id author : reader.follows) by_author_[author].insert(number);
  for (const auto& event : std::exchange(reader.events_during_load, {}))
    change_follows(number, reader, event);
  reader.is_live = true;
  reader.stream = stream;
}

void SseReaders::apply_to_user(Id user, const events::Event& event) {
  const auto [first, end] = by_user_.equal_range(user);
  for (auto at = first; at != end; ++at) {
    auto& reader = readers_.at(at->second);
    if (reader.is_live)
      change_follows(at->second, reader, event);
    else
      reader.events_during_load.push_back(event);
  }
}

const std::unordered_set<SseReaders::Number>* SseReaders::followers_of(Id author) const {
  const auto at = by_author_.find(author);
  return at == by_author_.end() ? nullptr : &at->second;
}

void SseReaders::change_follows(Number number, Reader& reader, const events::Event& event) {
  if (reader.follows_snapshot.is_visible(event.xid)) return;
  if (event.type == Type::user_reinstated) return;
  if (event.type == Type::user_deleted || event.type == Type::user_suspended) {
    reader.opened_at = {};  // its lifetime is over
  } else if (event.type == Type::user_followed) {
    reader.follows.insert(event.object);
    by_author_[event.object].insert(number);
  } else if (event.object != reader.user && reader.follows.erase(event.object) > 0) {
    unindex(number, event.object);
  }
}

void SseReaders::unindex(Number number, Id author) {
  const auto at = by_author_.find(author);
  if (at == by_author_.end()) return;
  at->second.erase(number);
  if (at->second.empty()) by_author_.erase(at);
}

}  // namespace feedctl::feed_stream
