#pragma once
// Keeps what became of each request of a load, with its time, for the verdict on a fault.
//
// A fault and its end are moments on the same clock, known only later; so the log keeps single
// answers, at most max_answers. AnswerLog is thread-safe; a RecordingSource belongs to one
// generator thread.
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "loadtest/request_source.hpp"

namespace feedctl::loadtest {

enum class RequestKind : std::uint8_t {
  cached_read,  // first pages of home feeds without min_token, and of the hot feed
  read,         // other reads, which need the database
  view,
  write,  // other commands
};
RequestKind kind_of(std::string_view request);

struct RecordedAnswer {
  Clock::time_point sent, received;
  RequestKind kind = RequestKind::read;
  Outcome outcome = Outcome::ok;
  bool has_retry_after = false;
};

class AnswerLog {
 public:
  static constexpr std::size_t max_answers = 4'000'000;

  void add(const RecordedAnswer& answer);
  std::vector<RecordedAnswer> answers() const;

 private:
  mutable std::mutex mutex_;
  std::vector<RecordedAnswer> answers_;
};

// Records the answers of `inner`. `log` must outlive it.
class RecordingSource : public RequestSource {
 public:
  RecordingSource(std::unique_ptr<RequestSource> inner, AnswerLog& log);

  bool next(PlannedRequest& request) override { return inner_->next(request); }
  Outcome on_answer(const PlannedRequest& request, const Answer& answer) override;

 private:
  std::unique_ptr<RequestSource> inner_;
  AnswerLog& log_;
};

}  // namespace feedctl::loadtest
