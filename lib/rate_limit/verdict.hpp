#pragma once
// Makes the verdict on a request from the buckets that counted it: the fields of
// draft-ietf-httpapi-ratelimit-headers, and the refusal. A plain value.
#include <cstdint>
#include <string>

#include "http/rate_limiter.hpp"
#include "rate_limit/limits.hpp"

namespace feedctl::rate_limit {

class VerdictBuilder {
 public:
  void add(const Limit& limit, const BucketState& state);
  // Of several limits that refuse, the one with the longest wait is named. Counts the refusal.
  http::RateLimitVerdict build() &&;

 private:
  http::RateLimitFields fields_;
  const Limit* refusing_ = nullptr;
  std::int64_t wait_us_ = 0;
};

}  // namespace feedctl::rate_limit
