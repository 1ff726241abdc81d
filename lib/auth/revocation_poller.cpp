#include "auth/revocation_poller.hpp"

#include <algorithm>

#include "sql/auth.hpp"

namespace feedctl::auth {

namespace {

using namespace std::chrono_literals;

constexpr auto overlap = 10s;  // longer than a transaction that revokes
constexpr auto full_poll_interval = 60s;

Revocation to_revocation(const store::Row& row) {
  Revocation revocation;
  if (const auto session = row.maybe_text(3)) revocation.session_id = parse_uuid(*session);
  revocation.user_id = row.maybe_integer(4).value_or(0);
  revocation.token_version = static_cast<std::int32_t>(row.maybe_integer(5).value_or(0));
  revocation.until = row.time(6);
  return revocation;
}

}  // namespace

Time PollWindow::start(SteadyTime now) const {
  return is_full(now) ? Time{} : *last_poll_ - overlap;
}

void PollWindow::on_polled(Time polled_at, SteadyTime now) {
  // After the clock was set back, new rows would lie before the last poll.
  const bool was_set_back = last_poll_ && polled_at < *last_poll_;
  if (is_full(now)) next_full_poll_ = now + full_poll_interval;
  last_poll_ = was_set_back ? std::nullopt : std::optional(polled_at);
}

std::string RevocationPoller::poll(Time now) {
  const auto steady_now = std::chrono::steady_clock::now();
  const auto rows = database_.read(sql::auth::poll, store::params(window_.start(steady_now)));
  const auto first = rows.single_row();
  const auto polled_at = first.time(0);
  for (const auto row : rows) {
    if (row.boolean(2)) list_.apply(to_revocation(row));
  }
  list_.prune(std::min(polled_at, now));
  window_.on_polled(polled_at, steady_now);
  return std::string(first.text(1));
}

}  // namespace feedctl::auth
