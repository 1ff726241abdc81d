#include "rate_limit/verdict.hpp"

#include <utility>

namespace feedctl::rate_limit {

namespace {

std::int64_t to_seconds(std::int64_t us) {
  return (us + 999'999) / 1'000'000;
}

void append_item(std::string& list, const std::string& item) {
  list.append(list.empty() ? "" : ", ").append(item);
}

Error refusal_of(const Limit& limit, std::int64_t seconds) {
  return Error(ErrorCode::rate_limited,
               "too many " + std::string(http::to_string(limit.rate_class)) + " requests of this " +
                   std::string(limit.subject) + ", try again in " + std::to_string(seconds) + " s")
      .with_retry_after(std::chrono::seconds{seconds});
}

}  // namespace

void VerdictBuilder::add(const Limit& limit, const BucketState& state) {
  append_item(fields_.policy, limit.policy);
  append_item(fields_.limit, '"' + limit.name + "\";r=" + std::to_string(state.remaining) +
                                 ";t=" + std::to_string(to_seconds(state.reset_us)));
  if (state.wait_us <= wait_us_) return;
  refusing_ = &limit;
  wait_us_ = state.wait_us;
}

http::RateLimitVerdict VerdictBuilder::build() && {
  http::RateLimitVerdict verdict{.fields = std::move(fields_)};
  if (refusing_ != nullptr) {
    refusing_->refused->add();
    verdict.refusal = refusal_of(*refusing_, to_seconds(wait_us_));
  }
  return verdict;
}

}  // namespace feedctl::rate_limit
