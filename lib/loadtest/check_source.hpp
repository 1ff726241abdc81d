#pragma once
// The requests of --check: several scripts side by side, each with users of its own.
//
// A script that ends early is replaced. It owns the sessions; one generator thread uses it. Only
// the log is shared with other threads.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "loadtest/check_log.hpp"
#include "loadtest/check_session.hpp"
#include "loadtest/check_step.hpp"

namespace feedctl::loadtest {

struct CheckOptions {
  std::string host;             // of the Host header: "127.0.0.1:8000"
  std::uint16_t operation = 0;  // the index of "check" in LoadResult::operations
  double share = 0.05;          // of the arrivals
  std::size_t sessions = 4;     // scripts at a time of one source
  // Pairs of an author and a reader. Empty: it makes users by POST /v1/users.
  std::vector<std::pair<CheckUser, CheckUser>> users = {};
  // Redis is going to lose data: views that are not flushed yet go with it.
  bool may_views_shrink = false;
};

class CheckSource {
 public:
  // The contexts of its requests have this bit; those of other sources must not.
  static constexpr std::uint64_t context_bit = std::uint64_t{1} << 63;

  // `log` must outlive it.
  CheckSource(CheckOptions options, CheckLog& log);

  // Fills the request. False: all scripts wait.
  bool next(PlannedRequest& request, Clock::time_point now);
  Outcome on_answer(const PlannedRequest& request, const Answer& answer);

 private:
  struct Slot {
    std::unique_ptr<CheckSession> session;
    Clock::time_point next_start_at{};
  };
  bool start(Slot& slot, std::size_t index, Clock::time_point now);
  std::unique_ptr<CheckSession> make_session(std::size_t index);

  const CheckOptions options_;
  CheckLog& log_;
  const std::string tag_;  // of this source alone
  std::vector<Slot> slots_;
  std::size_t next_slot_ = 0;
  std::uint64_t session_count_ = 0;
};

}  // namespace feedctl::loadtest
