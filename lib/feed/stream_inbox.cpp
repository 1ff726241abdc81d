#include "feed/stream_inbox.hpp"

#include <algorithm>
#include <utility>

namespace feedctl::feed {

using events::Type;

namespace {

bool counts(Type type) {
  return type == Type::post_created || type == Type::post_deleted || type == Type::user_followed ||
         type == Type::user_unfollowed || type == Type::user_deleted;
}

}  // namespace

void StreamInbox::stage(std::span<const events::Event> events) {
  const std::lock_guard lock(mutex_);
  for (const auto& event : events) {
    if (staged_.overflown) return;
    if (counts(event.type)) staged_.events.push_back(event);
    // A round may bring millions, which nobody would be told one by one.
    if (staged_.events.size() > most_) staged_ = {{}, true};
  }
}

void StreamInbox::publish(const events::Snapshot& position) {
  {
    const std::lock_guard lock(mutex_);
    auto staged = std::exchange(staged_, {});
    const bool many = shown_.events.size() + staged.events.size() > most_;
    if (staged.overflown || many) {  // nobody takes any
      shown_ = {};
      shown_.lost = true;
    } else if (shown_.events.empty()) {
      shown_.events = std::move(staged.events);
    } else {
      shown_.events.insert(shown_.events.end(), staged.events.begin(), staged.events.end());
    }
    shown_.position = position;
  }
  woken_.notify_all();
}

void StreamInbox::lose() {
  {
    const std::lock_guard lock(mutex_);
    staged_ = {};
    shown_ = {};
    shown_.lost = true;
  }
  woken_.notify_all();
}

std::optional<StreamInbox::Batch> StreamInbox::take(Clock::time_point due) {
  Batch batch;
  {
    std::unique_lock lock(mutex_);
    woken_.wait_until(lock, due, [&] { return stop_ || shown_.position || shown_.lost; });
    if (stop_) return std::nullopt;
    batch = std::exchange(shown_, {});
  }
  // Rounds of the log that were shown meanwhile are one here: each had an order of its own.
  const auto older = [](const auto& a, const auto& b) { return a.id < b.id; };
  if (!std::is_sorted(batch.events.begin(), batch.events.end(), older))
    std::sort(batch.events.begin(), batch.events.end(), older);
  return batch;
}

void StreamInbox::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  woken_.notify_all();
}

}  // namespace feedctl::feed
