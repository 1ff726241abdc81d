#pragma once
// Whether one more request may wait for a handler. Two rules: each kind of load may fill its share
// of the queue, and once requests of a kind have waited too long for too long (controlled delay, as
// in CoDel: Nichols and Jacobson, "Controlling Queue Delay", 2012), none of it are let in until the
// wait is short again: it costs a client less to hear so at once than to wait for nothing. One
// object for each kind, as a bulkhead may hold up one of them and those below it only. Not
// thread-safe.
#include <chrono>
#include <cstddef>
#include <optional>

#include "http/router.hpp"

namespace feedctl::http {

struct Limits;

class Admission {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Verdict { admitted, full, slow };

  explicit Admission(const Limits& limits);

  // For a request that would be the next of `waiting` of all kinds. Of its own kind the first came
  // at `oldest`; nullopt: none waits.
  Verdict judge(Load load, std::size_t waiting, std::optional<Clock::time_point> oldest,
                Clock::time_point now);
  // Whether its kind has waited for too long for too long.
  bool slow(std::optional<Clock::time_point> oldest, Clock::time_point now);
  // One that came then has got its turn; `empty`: it was the last that waited.
  void took(Clock::time_point came, bool empty, Clock::time_point now);

 private:
  void saw(Clock::duration wait, Clock::time_point now);

  const std::size_t queue_;
  const Clock::duration target_, interval_;
  std::optional<Clock::time_point> late_since_;
};

const char* to_string(Admission::Verdict verdict);

}  // namespace feedctl::http
