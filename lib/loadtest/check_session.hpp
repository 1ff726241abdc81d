#pragma once
// Runs the steps of one script of --check, one request at a time.
//
// A request without a clear answer (503, 429, other 5xx, a time-out, a lost connection) is sent
// again, a command with the same Idempotency-Key, until an answer tells what happened. After
// `give_up_after` the session ends, and the command counts as unknown: it may or may not have
// happened. So failures of the server are no findings. One thread at a time.
#include <chrono>
#include <memory>
#include <string>

#include "loadtest/check_log.hpp"
#include "loadtest/check_step.hpp"

namespace feedctl::loadtest {

class CheckScript;

class CheckSession {
 public:
  static constexpr std::chrono::seconds give_up_after{60};

  // `log` must outlive it.
  CheckSession(std::string host, std::unique_ptr<CheckScript> script, CheckLog& log);
  ~CheckSession();  // what still has no answer is unknown
  CheckSession(const CheckSession&) = delete;
  CheckSession& operator=(const CheckSession&) = delete;

  // Its next request can be sent.
  bool is_ready(Clock::time_point now) const;
  // It makes no more requests.
  bool is_over() const { return is_over_; }

  // Replaces `out` by the next request. False: there is none now. Call it if the session is ready.
  bool write_next(std::string& out, Clock::time_point now);
  // Of the request written last. `wrong`: a finding was made.
  Outcome on_answer(const Answer& answer);

 private:
  bool prepare_request();
  Outcome on_final_answer(const Answer& answer);
  Outcome on_unclear_answer(const Answer& answer);
  Outcome on_unexpected_status(const Answer& answer);
  Outcome report(const std::string& fault, const Answer& answer);
  void finish_step(Steps next);
  void end();

  const std::string host_;
  std::unique_ptr<CheckScript> script_;
  CheckLog& log_;
  Steps steps_;
  std::optional<CheckRequest> request_;  // of the first step
  bool is_in_flight_ = false, is_over_ = false;
  int tries_ = 0;
  Clock::time_point first_try_at_{}, next_try_at_{};
};

}  // namespace feedctl::loadtest
