#pragma once
// Failpoints: named places in the code where a test makes the process fail, stall or wait.
//
// A point is an object of static storage duration beside the code that hits it. Rules say which
// hits fire and what then happens (failpoint_rule.hpp). They come from the variable
// FEEDCTL_FAILPOINT, or from arm() in the process of a test.
//
// Without the macro FEEDCTL_FAILPOINTS, which the CMake option of that name defines, a Point is an
// empty class and a hit compiles to nothing. With it a hit is one relaxed load while no rule is
// set. Thread-safe.
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::failpoint {

class EnabledPoint {
 public:
  // Registers the point. `name`: a literal like "views.rotate.before". Only static initialization
  // may construct points.
  explicit EnabledPoint(const char* name) noexcept;
  EnabledPoint(const EnabledPoint&) = delete;
  EnabledPoint& operator=(const EnabledPoint&) = delete;

  // Error(unavailable) if a rule says `error`. After a commit that is a commit in doubt.
  void hit() const {
    if (is_armed_.load(std::memory_order_relaxed)) on_hit(std::nullopt);
  }
  // For places that handle one of many subjects: a rule may name the subject, e.g. an event's
  // object.
  void hit(std::int64_t subject) const {
    if (is_armed_.load(std::memory_order_relaxed)) on_hit(subject);
  }
  // Hits the point. The number of the rule `value:N` that fires, else `fallback`.
  std::int64_t value_or(std::int64_t fallback) const {
    if (!is_armed_.load(std::memory_order_relaxed)) return fallback;
    return on_hit(std::nullopt).value_or(fallback);
  }

 private:
  friend struct Registry;
  std::optional<std::int64_t> on_hit(std::optional<std::int64_t> subject) const;

  static inline std::atomic<bool> is_armed_{false};
  const char* const name_;
  const EnabledPoint* const next_;
  // The registry's mutex guards these.
  mutable std::int64_t hit_count_ = 0;
  mutable bool is_recorded_ = false;
};

// The point of a build without failpoints.
class DisabledPoint {
 public:
  constexpr explicit DisabledPoint(const char* /*name*/) noexcept {}

  constexpr void hit() const {}
  constexpr void hit(std::int64_t /*subject*/) const {}
  constexpr std::int64_t value_or(std::int64_t fallback) const { return fallback; }
};

#ifdef FEEDCTL_FAILPOINTS
using Point = EnabledPoint;
#else
using Point = DisabledPoint;
#endif

// Obeys FEEDCTL_FAILPOINT (rules) and FEEDCTL_FAILPOINT_HITS: each point that is hit appends its
// name to that file once. Error(config) for a bad rule or an unknown name, with what exists as
// hint; also if the build has no failpoints. For main(), before threads start.
void configure_from_environment();

// Replaces all rules and begins to count hits from 0. "" counts without rules. Error(config) as
// above, and nothing changes.
void arm(std::string_view rules);
// Removes all rules and ends stalls.
void disarm();

// The declared points, sorted. Error(config) if the build has none.
std::vector<std::string> names();
// Since arm(). Error(config) for an unknown name.
std::int64_t hit_count(std::string_view name);

}  // namespace feedctl::failpoint
