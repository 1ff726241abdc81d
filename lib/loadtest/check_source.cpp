#include "loadtest/check_source.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "loadtest/check_script.hpp"

namespace feedctl::loadtest {

namespace {

// A command of a session that has given up may still run in the server; its users rest meanwhile.
constexpr std::chrono::seconds rest_of_given_users{60};
constexpr std::chrono::seconds pause_between_sessions{1};

std::size_t slot_count(const CheckOptions& options) {
  const auto wanted = std::max<std::size_t>(1, options.sessions);
  return options.users.empty() ? wanted : std::min(wanted, options.users.size());
}

}  // namespace

CheckSource::CheckSource(CheckOptions options, CheckLog& log)
    : options_(std::move(options)),
      log_(log),
      tag_("lt" + to_hex(random_bytes(5))),
      slots_(slot_count(options_)) {}

bool CheckSource::next(PlannedRequest& request, Clock::time_point now) {
  if (log_.obstacle()) return false;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const auto index = (next_slot_ + i) % slots_.size();
    auto& slot = slots_[index];
    if (!start(slot, index, now) || !slot.session->is_ready(now)) continue;
    if (!slot.session->write_next(request.bytes, now)) continue;
    request.operation = options_.operation;
    request.context = context_bit | index;
    request.is_head = false;
    next_slot_ = index + 1;
    return true;
  }
  return false;
}

bool CheckSource::start(Slot& slot, std::size_t index, Clock::time_point now) {
  if (slot.session && !slot.session->is_over()) return true;
  if (slot.session) {
    slot.session.reset();
    slot.next_start_at =
        now + (options_.users.empty() ? pause_between_sessions : rest_of_given_users);
  }
  if (now < slot.next_start_at) return false;
  slot.session = make_session(index);
  return true;
}

std::unique_ptr<CheckSession> CheckSource::make_session(std::size_t index) {
  ScriptOptions script;
  script.name = tag_ + "_" + std::to_string(++session_count_);
  script.may_views_shrink = options_.may_views_shrink;
  if (!options_.users.empty()) {
    script.author = options_.users[index].first;
    script.reader = options_.users[index].second;
  }
  return std::make_unique<CheckSession>(
      options_.host, std::make_unique<CheckScript>(std::move(script), log_), log_);
}

Outcome CheckSource::on_answer(const PlannedRequest& request, const Answer& answer) {
  return slots_.at(request.context & ~context_bit).session->on_answer(answer);
}

}  // namespace feedctl::loadtest
