#include "http/event_stream.hpp"

#include <utility>

namespace feedctl::http {

bool EventStream::send(std::string_view events) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::open) return false;
  if (events.size() > max_unsent_ - unsent_bytes_) {
    state_ = State::too_slow;
    std::string().swap(pending_);
  } else {
    pending_ += events;
    unsent_bytes_ += events.size();
  }
  notify_locked();
  return state_ == State::open;
}

void EventStream::finish(std::string_view events) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::open) return;
  state_ = State::finishing;
  pending_ += events;
  unsent_bytes_ += events.size();
  notify_locked();
}

bool EventStream::is_over() const {
  const std::lock_guard lock(mutex_);
  return state_ != State::open;
}

// Before attach() there is no server to notify; it looks for pending bytes after attach().
void EventStream::notify_locked() {
  if (!notify_ || std::exchange(notified_, true)) return;
  notify_(shared_from_this());
}

void EventStream::attach(std::function<void(std::shared_ptr<EventStream>)> notify) {
  const std::lock_guard lock(mutex_);
  notify_ = std::move(notify);
}

EventStream::State EventStream::acknowledge() {
  const std::lock_guard lock(mutex_);
  notified_ = false;
  return state_;
}

EventStream::State EventStream::take_pending(std::string& out) {
  const std::lock_guard lock(mutex_);
  out.swap(pending_);
  pending_.clear();
  return state_;
}

void EventStream::on_sent(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  unsent_bytes_ -= bytes;
}

void EventStream::detach() {
  const std::lock_guard lock(mutex_);
  state_ = State::ended;
  notify_ = nullptr;
  std::string().swap(pending_);
}

}  // namespace feedctl::http
