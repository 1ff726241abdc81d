#include "loadtest/answer_checker.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "loadtest/check_answer.hpp"
#include "loadtest/page_order.hpp"

namespace feedctl::loadtest {

namespace {

// To read a page costs more than to ask for it.
constexpr std::chrono::milliseconds page_check_interval{5};

// After outages the scripts catch up, but do not take over.
constexpr double max_due_checks = 2;

// "/v1/feed/hot" of "GET /v1/feed/hot?limit=10 HTTP/1.1"; "" for other methods.
std::string_view path_of_get(std::string_view request) {
  constexpr std::string_view get = "GET ";
  if (!request.starts_with(get)) return {};
  request.remove_prefix(get.size());
  auto path = request.substr(0, request.find_first_of(" ?"));
  if (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

bool is_home_feed(std::string_view path) {
  return path == "/v1/feed" || path == "/feed";
}

bool is_hot_feed(std::string_view path) {
  return path == "/v1/feed/hot" || path == "/feed/hot";
}

std::optional<std::string> page_fault(std::string_view path, std::string_view body) {
  try {
    const auto page = read_feed_page(body);
    return is_home_feed(path) ? home_page_fault(page) : hot_page_fault(page);
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

AnswerChecker::AnswerChecker(std::unique_ptr<RequestSource> traffic, CheckOptions options,
                             CheckLog& log)
    : traffic_(std::move(traffic)),
      share_(std::clamp(options.share, 0.0, 1.0)),
      log_(log),
      checks_(std::move(options), log) {}

bool AnswerChecker::next(PlannedRequest& request) {
  due_checks_ = std::min(due_checks_ + share_, max_due_checks);
  if (due_checks_ >= 1 && checks_.next(request, Clock::now())) {
    due_checks_ -= 1;
    return true;
  }
  return traffic_->next(request);
}

Outcome AnswerChecker::on_answer(const PlannedRequest& request, const Answer& answer) {
  if ((request.context & CheckSource::context_bit) != 0) return checks_.on_answer(request, answer);
  const auto outcome = traffic_->on_answer(request, answer);
  return outcome == Outcome::ok ? check_page(request, answer) : outcome;
}

Outcome AnswerChecker::check_page(const PlannedRequest& request, const Answer& answer) {
  if (answer.status != 200 || answer.received < next_page_check_at_) return Outcome::ok;
  const auto path = path_of_get(request.bytes);
  if (!is_home_feed(path) && !is_hot_feed(path)) return Outcome::ok;
  next_page_check_at_ = answer.received + page_check_interval;
  log_.add_check();
  const auto fault = page_fault(path, answer.body);
  if (!fault) return Outcome::ok;
  log_.add_finding("GET " + std::string(path) + ": " + *fault + request_id_note(answer));
  return Outcome::wrong;
}

}  // namespace feedctl::loadtest
