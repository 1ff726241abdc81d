#include "http_server/admission.hpp"

namespace feedctl::http {

namespace {

// In eighths of the queue: the last classes find it full while the first still have room.
std::size_t queue_share(LoadClass load_class) {
  switch (load_class) {
    case LoadClass::health:
    case LoadClass::cached:
      return 8;
    case LoadClass::read:
      return 7;
    case LoadClass::upload:
      return 2;
    default:
      return 6;
  }
}

}  // namespace

AdmissionControl::AdmissionControl(const Limits& limits)
    : max_queued_(limits.max_queued),
      target_delay_(limits.max_queue_wait),
      interval_(limits.queue_wait_interval) {}

void AdmissionControl::record_delay(Clock::duration wait, Clock::time_point now) {
  if (wait < target_delay_)
    above_target_since_.reset();
  else if (!above_target_since_)
    above_target_since_ = now - (wait - target_delay_);
}

AdmissionControl::Verdict AdmissionControl::admit(LoadClass load_class, std::size_t waiting,
                                                  std::optional<Clock::time_point> oldest,
                                                  Clock::time_point now) {
  if (waiting >= (max_queued_ * queue_share(load_class) + 7) / 8) return Verdict::queue_full;
  return is_delayed(oldest, now) && load_class != LoadClass::health ? Verdict::delayed
                                                                    : Verdict::admitted;
}

bool AdmissionControl::is_delayed(std::optional<Clock::time_point> oldest, Clock::time_point now) {
  if (oldest)
    record_delay(now - *oldest, now);
  else
    above_target_since_.reset();
  return above_target_since_ && now - *above_target_since_ >= interval_;
}

void AdmissionControl::on_dequeued(Clock::time_point queued_at, bool queue_empty,
                                   Clock::time_point now) {
  if (queue_empty)
    above_target_since_.reset();
  else
    record_delay(now - queued_at, now);
}

const char* to_string(AdmissionControl::Verdict verdict) {
  switch (verdict) {
    case AdmissionControl::Verdict::queue_full:
      return "full";
    case AdmissionControl::Verdict::delayed:
      return "slow";
    default:
      return "admitted";
  }
}

}  // namespace feedctl::http
