#pragma once
// How code under test is stopped between two calls of its port and gone on with later: it is run
// again from its start, and the calls that it had made already are given the same answers. So an
// actor's place in the code is a plain value.
#include <cstdint>
#include <stdexcept>

#include "base/error.hpp"

namespace feedctl::models {

// Thrown where the code is to stand still, and where its process ends. Nothing of the code catches
// them, since they are no std::exception.
struct Paused {};
struct Died {};

using CallResult = std::uint64_t;
inline constexpr CallResult transient_failure = ~0ULL;      // throws what passes by itself
inline constexpr CallResult permanent_failure = ~0ULL - 1;  // throws what does not
inline constexpr CallResult process_crash = ~0ULL - 2;

template <std::size_t Most>
struct RecordedCalls {
  CallResult answers[Most];
  std::uint8_t size;
  std::uint8_t pending;  // the call at which the code stands, 0: at none
  std::uint8_t unused[6];
};

// One run of an actor's code. The first call of a kind that `yields` beyond the script is carried
// out, as well as all that do not yield; at the next one the code stands still.
template <std::size_t Most>
class CallReplayer {
 public:
  explicit CallReplayer(RecordedCalls<Most>& script) : script_(script) {}

  template <typename Live>
  CallResult call(std::uint8_t op, bool yields, Live&& live) {
    if (at_ < script_.size) return return_or_throw(script_.answers[at_++]);
    if (yields && done_) stop(op);
    if (yields) done_ = true;
    const auto answer = static_cast<CallResult>(live());
    if (answer == process_crash) throw Died{};
    if (script_.size == Most) throw std::logic_error("a script is too short");
    script_.answers[script_.size++] = answer;
    ++at_;
    return return_or_throw(answer);
  }
  // Whether what happens now has happened already, in an earlier run.
  bool is_replaying() const { return at_ < script_.size || !done_; }
  bool paused() const { return paused_; }

 private:
  [[noreturn]] void stop(std::uint8_t op) {
    script_.pending = op;
    paused_ = true;
    throw Paused{};
  }
  static CallResult return_or_throw(CallResult answer) {
    if (answer == transient_failure) throw Error(ErrorCode::unavailable, "the database was away");
    if (answer == permanent_failure) throw Error(ErrorCode::bad_data, "this event is broken");
    return answer;
  }

  RecordedCalls<Most>& script_;
  std::size_t at_ = 0;
  bool done_ = false;
  bool paused_ = false;
};

}  // namespace feedctl::models
