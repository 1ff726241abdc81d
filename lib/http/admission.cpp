#include "http/admission.hpp"

#include <algorithm>

#include "http/server.hpp"

namespace feedctl::http {

namespace {

// Of the queue, in eighths: what stands behind finds no room while what stands before still does.
std::size_t share_of(Load load) {
  switch (load) {
    case Load::health:
    case Load::cached:
      return 8;
    case Load::read:
      return 7;
    case Load::upload:
      return 2;
    default:
      return 6;
  }
}

}  // namespace

Admission::Admission(const Limits& limits)
    : queue_(limits.queue), target_(limits.queue_wait), interval_(limits.queue_patience) {}

void Admission::saw(Clock::duration wait, Clock::time_point now) {
  if (wait < target_)
    late_since_.reset();
  else if (!late_since_)
    late_since_ = now - (wait - target_);
}

Admission::Verdict Admission::judge(Load load, std::size_t waiting,
                                    std::optional<Clock::time_point> oldest,
                                    Clock::time_point now) {
  if (waiting >= (queue_ * share_of(load) + 7) / 8) return Verdict::full;
  return slow(oldest, now) && load != Load::health ? Verdict::slow : Verdict::admitted;
}

bool Admission::slow(std::optional<Clock::time_point> oldest, Clock::time_point now) {
  if (oldest)
    saw(now - *oldest, now);
  else
    late_since_.reset();
  return late_since_ && now - *late_since_ >= interval_;
}

void Admission::took(Clock::time_point came, bool empty, Clock::time_point now) {
  if (empty)
    late_since_.reset();
  else
    saw(now - came, now);
}

const char* to_string(Admission::Verdict verdict) {
  switch (verdict) {
    case Admission::Verdict::full:
      return "full";
    case Admission::Verdict::slow:
      return "slow";
    default:
      return "admitted";
  }
}

}  // namespace feedctl::http
