#pragma once
// Wall-clock instants (microseconds, as PostgreSQL keeps them) and deadlines on the steady clock.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace feedctl {

using Time = std::chrono::sys_time<std::chrono::microseconds>;

inline Time now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}
inline Time from_unix_us(std::int64_t us) {
  return Time{std::chrono::microseconds{us}};
}
inline std::int64_t unix_us(Time t) {
  return t.time_since_epoch().count();
}

// RFC 3339 in UTC, with a fraction only if it is not zero: 2025-10-24T12:00:00Z,
// 2025-10-24T12:00:00.123456Z.
std::string rfc3339(Time t);
// Accepts any RFC 3339 time, with offsets; nullopt for anything else.
std::optional<Time> parse_rfc3339(std::string_view text);

// The point on the steady clock by which work must end; each request carries one.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Deadline(Clock::time_point at) : at_(at) {}
  static Deadline after(Clock::duration d) { return Deadline{Clock::now() + d}; }

  Clock::time_point at() const { return at_; }
  bool is_expired() const { return Clock::now() >= at_; }
  // Never negative.
  std::chrono::milliseconds remaining() const {
    const auto d = std::chrono::duration_cast<std::chrono::milliseconds>(at_ - Clock::now());
    return d.count() > 0 ? d : std::chrono::milliseconds{0};
  }

 private:
  Clock::time_point at_;
};

}  // namespace feedctl
