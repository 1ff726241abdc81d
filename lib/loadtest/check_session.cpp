#include "loadtest/check_session.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "loadtest/check_answer.hpp"
#include "loadtest/check_script.hpp"

namespace feedctl::loadtest {

namespace {

using std::chrono::milliseconds;

constexpr int max_skipped_steps = 100;  // in a row, so that an empty round ends

milliseconds retry_delay(int tries) {
  return milliseconds{std::min(2000, 250 * tries)};
}

// The answer does not say whether the request was carried out, or that it may be later.
bool is_unclear(const Answer& answer) {
  if (answer.status == 0 || answer.outcome == Outcome::malformed) return true;
  if (answer.status >= 500 || answer.status == 429 || answer.status == 408) return true;
  return answer.status == 409 && !header_value(answer.headers, "retry-after").empty();
}

bool is_refused(int status) {
  return status == 401 || status == 403;
}

bool is_right(const Step& step, int status) {
  return std::find(step.statuses.begin(), step.statuses.end(), status) != step.statuses.end();
}

}  // namespace

CheckSession::CheckSession(std::string host, std::unique_ptr<CheckScript> script, CheckLog& log)
    : host_(std::move(host)), script_(std::move(script)), log_(log) {
  steps_ = script_->first_steps();
}

CheckSession::~CheckSession() {
  end();
}

bool CheckSession::is_ready(Clock::time_point now) const {
  return !is_over_ && !is_in_flight_ && now >= next_try_at_;
}

bool CheckSession::write_next(std::string& out, Clock::time_point now) {
  if (!prepare_request()) return false;
  if (tries_ == 0) first_try_at_ = now;
  ++tries_;
  is_in_flight_ = true;
  write_request(out, host_, *request_);
  return true;
}

bool CheckSession::prepare_request() {
  if (request_ && !steps_.front().is_made_anew) return true;
  for (int skipped = 0; skipped < max_skipped_steps; ++skipped) {
    if (steps_.empty()) steps_ = script_->next_round();
    if (steps_.empty()) return false;
    request_ = steps_.front().make();
    if (request_) return true;
    steps_.pop_front();
  }
  return false;
}

Outcome CheckSession::on_answer(const Answer& answer) {
  is_in_flight_ = false;
  if (is_unclear(answer)) return on_unclear_answer(answer);
  return on_final_answer(answer);
}

Outcome CheckSession::on_unclear_answer(const Answer& answer) {
  script_->on_failure();
  const auto at = answer.received;
  next_try_at_ = at + retry_delay(tries_);
  if (answer.outcome == Outcome::unfinished || at - first_try_at_ > give_up_after) end();
  return answer.outcome;
}

Outcome CheckSession::on_final_answer(const Answer& answer) {
  if (!is_right(steps_.front(), answer.status)) return on_unexpected_status(answer);
  script_->on_token(header_value(answer.headers, "x-feed-token"));
  const auto findings = script_->finding_count();
  log_.add_check();
  Steps next;
  try {
    next = steps_.front().check(answer);
  } catch (const Error& error) {
    return report(error.what(), answer);
  }
  finish_step(std::move(next));
  return script_->finding_count() == findings ? Outcome::ok : Outcome::wrong;
}

Outcome CheckSession::on_unexpected_status(const Answer& answer) {
  if (is_refused(answer.status)) {
    log_.set_obstacle(request_->method + " " + request_->target + " is answered " +
                      std::to_string(answer.status));
    end();
    return answer.outcome;
  }
  if (answer.status == 400 && steps_.front().is_min_token_read && script_->drop_token()) {
    finish_step({});
    return answer.outcome;
  }
  return report("answered " + std::to_string(answer.status), answer);
}

Outcome CheckSession::report(const std::string& fault, const Answer& answer) {
  log_.add_finding(steps_.front().what + ": " + fault + request_id_note(answer));
  end();
  return Outcome::wrong;
}

void CheckSession::finish_step(Steps next) {
  steps_.pop_front();
  request_.reset();
  tries_ = 0;
  steps_.insert(steps_.begin(), std::make_move_iterator(next.begin()),
                std::make_move_iterator(next.end()));
}

void CheckSession::end() {
  if (is_over_) return;
  is_over_ = true;
  if (tries_ > 0 && !steps_.empty() && steps_.front().on_unknown) steps_.front().on_unknown();
  script_->hand_over_posts();
}

}  // namespace feedctl::loadtest
