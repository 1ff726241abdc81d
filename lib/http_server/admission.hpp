#pragma once
// Admission control: whether one more request may wait for a handler. There are two rules. Each
// load class may fill its share of the queue. Once requests of a class have waited too long for a
// whole interval, no more of them get in until the wait is short again. That is controlled delay
// (CoDel: Nichols and Jacobson, "Controlling Queue Delay", 2012).
//
// Each load class has an object of its own, as a bulkhead may delay one class and those below it.
// The HandlerPool owns them. Not thread-safe.
#include <cstddef>
#include <optional>

#include "http/router.hpp"
#include "http_server/clock.hpp"
#include "http_server/limits.hpp"

namespace feedctl::http {

class AdmissionControl {
 public:
  enum class Verdict { admitted, queue_full, delayed };

  explicit AdmissionControl(const Limits& limits);

  // For a request behind `waiting` others of all classes. The first of its own class has waited
  // since `oldest`; nullopt: none waits.
  Verdict admit(LoadClass load_class, std::size_t waiting, std::optional<Clock::time_point> oldest,
                Clock::time_point now);
  // Whether its class has waited too long for a whole interval.
  bool is_delayed(std::optional<Clock::time_point> oldest, Clock::time_point now);
  // A request that waited since `queued_at` leaves the queue; `queue_empty`: it was the last one.
  void on_dequeued(Clock::time_point queued_at, bool queue_empty, Clock::time_point now);

 private:
  void record_delay(Clock::duration wait, Clock::time_point now);

  const std::size_t max_queued_;
  const Clock::duration target_delay_;
  const Clock::duration interval_;
  std::optional<Clock::time_point> above_target_since_;
};

const char* to_string(AdmissionControl::Verdict verdict);

}  // namespace feedctl::http
