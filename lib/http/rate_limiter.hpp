#pragma once
// The hook by which a server limits the rate of requests, beside the Authenticator. The types are
// plain values.
#include <functional>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "http/router.hpp"

namespace feedctl::http {

// The fields of draft-ietf-httpapi-ratelimit-headers, which tell a client what it may still do.
struct RateLimitFields {
  std::string policy;  // RateLimit-Policy; "": no limit applies
  std::string limit;   // RateLimit
};

struct RateLimitVerdict {
  RateLimitFields fields = {};
  std::optional<Error> refusal = {};  // Error(rate_limited), with the time after which to retry
};

// Counts a request, which has another class than RateClass::none, and says whether it may go on.
// Runs after the Authenticator and also after a failed one, so request.identity may be empty; for
// RateClass::login it runs before. With RunOn::event_loop it must not wait. Thread-safe; throws
// nothing but std::bad_alloc.
using RateLimiter =
    std::function<RateLimitVerdict(const Request& request, RateClass rate_class, RunOn run_on)>;

}  // namespace feedctl::http
