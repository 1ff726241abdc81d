#pragma once
// What the load generator asks for its next request, and tells of each answer.
//
// Each generator thread has a source of its own and calls it from that thread only. Calls are on
// the hot path: they block nowhere and reuse their buffers.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace feedctl::loadtest {

using Clock = std::chrono::steady_clock;

struct PlannedRequest {
  std::string bytes;            // a whole HTTP/1.1 request
  std::uint16_t operation = 0;  // index in LoadResult::operations
  std::uint64_t context = 0;    // the source's own; comes back with the answer
  bool is_head = false;         // the answer has no body
};

enum class Outcome : std::uint8_t {
  ok,
  client_error,  // 4xx but 429
  throttled,     // 429
  unavailable,   // 503
  server_error,  // other 5xx
  unexpected,    // 1xx, a redirect, or a status that the operation does not expect
  wrong,         // --check found the answer to be wrong
  connect_failed,
  connection_lost,  // before the whole answer
  timed_out,
  malformed,   // not HTTP, or too large
  unfinished,  // no answer at the end of the run
};
inline constexpr std::size_t outcome_count = 12;
std::string_view name_of(Outcome outcome);

struct Answer {
  Outcome outcome = Outcome::ok;
  int status = 0;            // 0: there is none
  std::string_view headers;  // as received, without the status line; valid during the call
  std::string_view body;     // without transfer coding; valid during the call
  Clock::time_point intended, sent, received;
};

class RequestSource {
 public:
  virtual ~RequestSource() = default;
  // Fills `request`; its buffer is kept between calls. False: there is nothing to ask at present
  // (counted as a skipped arrival).
  virtual bool next(PlannedRequest& request) = 0;
  // May turn the outcome of an answer into another one, as --check does into `wrong`.
  virtual Outcome on_answer(const PlannedRequest& request, const Answer& answer) = 0;
};

}  // namespace feedctl::loadtest
