#include "loadtest/answer_recorder.hpp"

#include <utility>

#include "loadtest/check_answer.hpp"

namespace feedctl::loadtest {

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool is_cached_read(std::string_view path, std::string_view query) {
  if (contains(query, "cursor=") || contains(query, "min_token=")) return false;
  return path == "/v1/feed" || path == "/feed" || path == "/v1/feed/hot" || path == "/feed/hot";
}

}  // namespace

RequestKind kind_of(std::string_view request) {
  const auto method_end = request.find(' ');
  const auto method = request.substr(0, method_end);
  request.remove_prefix(method_end == std::string_view::npos ? request.size() : method_end + 1);
  const auto target = request.substr(0, request.find(' '));
  auto path = target.substr(0, target.find('?'));
  if (path.ends_with('/')) path.remove_suffix(1);
  const bool is_read = method == "GET" || method == "HEAD";
  if (!is_read) return contains(path, "/view") ? RequestKind::view : RequestKind::write;
  return is_cached_read(
             path, target.substr(target.find('?') == std::string_view::npos ? target.size()
                                                                            : target.find('?')))
             ? RequestKind::cached_read
             : RequestKind::read;
}

void AnswerLog::add(const RecordedAnswer& answer) {
  const std::lock_guard lock(mutex_);
  if (answers_.size() < max_answers) answers_.push_back(answer);
}

std::vector<RecordedAnswer> AnswerLog::answers() const {
  const std::lock_guard lock(mutex_);
  return answers_;
}

RecordingSource::RecordingSource(std::unique_ptr<RequestSource> inner, AnswerLog& log)
    : inner_(std::move(inner)), log_(log) {}

Outcome RecordingSource::on_answer(const PlannedRequest& request, const Answer& answer) {
  const auto outcome = inner_->on_answer(request, answer);
  const bool has_retry_after =
      outcome == Outcome::unavailable && !header_value(answer.headers, "retry-after").empty();
  log_.add({answer.sent, answer.received, kind_of(request.bytes), outcome, has_retry_after});
  return outcome;
}

}  // namespace feedctl::loadtest
