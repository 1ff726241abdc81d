#include "http/event_stream.hpp"

#include <utility>

#include "http/loop.hpp"

namespace feedctl::http {

bool EventStream::send(std::string_view events) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::open) return false;
  if (events.size() > most_ - unsent_) {
    state_ = State::slow;
    std::string().swap(waiting_);
  } else {
    waiting_ += events;
    unsent_ += events.size();
  }
  ring_locked();
  return state_ == State::open;
}

void EventStream::finish(std::string_view events) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::open) return;
  state_ = State::finishing;
  waiting_ += events;
  unsent_ += events.size();
  ring_locked();
}

bool EventStream::over() const {
  const std::lock_guard lock(mutex_);
  return state_ != State::open;
}

// Before it is attached there is nobody to tell: attach() looks.
void EventStream::ring_locked() {
  if (loop_ == nullptr || std::exchange(rung_, true)) return;
  loop_->ring(shared_from_this());
}

void EventStream::attach(Loop& loop, Connection& connection) {
  const std::lock_guard lock(mutex_);
  loop_ = &loop;
  connection_ = &connection;
}

// From here on it rings again.
EventStream::State EventStream::heard() {
  const std::lock_guard lock(mutex_);
  rung_ = false;
  return state_;
}

EventStream::State EventStream::take(std::string& out) {
  const std::lock_guard lock(mutex_);
  out.swap(waiting_);
  waiting_.clear();
  return state_;
}

void EventStream::sent(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  unsent_ -= bytes;
}

void EventStream::detach() {
  const std::lock_guard lock(mutex_);
  state_ = State::ended;
  loop_ = nullptr;
  connection_ = nullptr;
  std::string().swap(waiting_);
}

}  // namespace feedctl::http
