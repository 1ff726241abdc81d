#include "feed_stream/sse_buffer.hpp"

#include <algorithm>
#include <utility>

#include "feed_stream/post_events.hpp"

namespace feedctl::feed_stream {

using events::Type;

namespace {

// An import or another bulk load adds posts of the past, which are no news, and perhaps a million.
bool is_relevant(const events::Event& event) {
  const auto type = event.type;
  if (type == Type::post_created) return !is_bulk_id(event.object);
  return type == Type::post_deleted || type == Type::post_hidden || type == Type::post_unhidden ||
         type == Type::user_followed || type == Type::user_unfollowed ||
         type == Type::user_deleted || type == Type::user_suspended ||
         type == Type::user_reinstated || changes_image(type);
}

}  // namespace

void SseBuffer::buffer(std::span<const events::Event> events) {
  const std::lock_guard lock(mutex_);
  for (const auto& event : events) {
    if (buffered_.has_overflowed) return;
    if (is_relevant(event)) buffered_.events.push_back(event);
    // A round may hold millions of events, too many to send one by one.
    if (buffered_.events.size() > max_events_) buffered_ = {{}, true};
  }
}

void SseBuffer::release(const events::PgSnapshot& position) {
  {
    const std::lock_guard lock(mutex_);
    auto round = std::exchange(buffered_, {});
    const bool is_full = released_.events.size() + round.events.size() > max_events_;
    if (round.has_overflowed || is_full) {  // the sender does not keep up
      released_ = {};
      released_.has_gap = true;
    } else if (released_.events.empty()) {
      released_.events = std::move(round.events);
    } else {
      released_.events.insert(released_.events.end(), round.events.begin(), round.events.end());
    }
    released_.position = position;
  }
  wake_.notify_all();
}

void SseBuffer::mark_gap() {
  {
    const std::lock_guard lock(mutex_);
    buffered_ = {};
    released_ = {};
    released_.has_gap = true;
  }
  wake_.notify_all();
}

std::optional<SseBuffer::Batch> SseBuffer::wait_for_batch(Clock::time_point deadline) {
  Batch batch;
  {
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, deadline,
                     [&] { return stop_ || released_.position || released_.has_gap; });
    if (stop_) return std::nullopt;
    batch = std::exchange(released_, {});
  }
  // A batch may merge several rounds, each with an order of its own.
  const auto older = [](const auto& a, const auto& b) { return a.id < b.id; };
  if (!std::is_sorted(batch.events.begin(), batch.events.end(), older))
    std::sort(batch.events.begin(), batch.events.end(), older);
  drop_uploads_of_new_posts(batch.events);
  return batch;
}

void SseBuffer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
}

}  // namespace feedctl::feed_stream
