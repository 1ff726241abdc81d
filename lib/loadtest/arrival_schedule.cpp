#include "loadtest/arrival_schedule.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.hpp"

namespace feedctl::loadtest {
namespace {

constexpr double max_rate = 1e7;
constexpr double max_arrivals = 1e12;
constexpr std::chrono::hours max_duration{30 * 24};
// Rounding of the integral neither adds an arrival at the very end nor loses one.
constexpr double tolerance = 1e-6;

Error bad_stage(const std::string& what) {
  return Error(ErrorCode::invalid_argument, "a stage of the load " + what);
}

void require_valid(const Stage& stage) {
  if (!(stage.rate >= 0 && stage.rate <= max_rate))
    throw bad_stage("needs a rate from 0 to 10000000 requests a second");
  if (stage.duration.count() < 0 || stage.duration > max_duration)
    throw bad_stage("lasts from 0 to 720h");
}

double to_seconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e9;
}

}  // namespace

double ArrivalSchedule::integral(const Segment& segment, double seconds) {
  return seconds * (segment.rate + segment.slope * seconds / 2);
}

ArrivalSchedule::ArrivalSchedule(const std::vector<Stage>& stages) {
  double rate = 0, arrivals = 0;
  for (const auto& stage : stages) {
    require_valid(stage);
    Segment segment{to_seconds(duration_), to_seconds(stage.duration), stage.rate, 0, arrivals};
    if (stage.is_ramp && stage.duration.count() > 0) {
      segment.rate = rate;
      segment.slope = (stage.rate - rate) / segment.duration_s;
    }
    rate = stage.rate;
    duration_ += stage.duration;
    if (duration_ > max_duration) throw bad_stage("ends after more than 720h");
    const double added = integral(segment, segment.duration_s);
    if (added <= 0) continue;
    arrivals += added;
    segments_.push_back(segment);
  }
  if (arrivals > max_arrivals)
    throw Error(ErrorCode::invalid_argument, "a load has at most 10^12 requests");
  count_ = static_cast<std::uint64_t>(std::max(0.0, std::ceil(arrivals - tolerance)));
}

double ArrivalSchedule::planned_until(double seconds) const {
  double sum = 0;
  for (const auto& segment : segments_) {
    if (seconds <= segment.begin_s) break;
    sum =
        segment.first + integral(segment, std::min(seconds - segment.begin_s, segment.duration_s));
  }
  return sum;
}

double ArrivalSchedule::planned(std::chrono::nanoseconds from, std::chrono::nanoseconds to) const {
  return planned_until(to_seconds(to)) - planned_until(to_seconds(from));
}

std::optional<std::chrono::nanoseconds> ArrivalCursor::next() {
  if (next_ >= schedule_.count_) return std::nullopt;
  const auto n = static_cast<double>(next_);
  next_ += step_;
  const auto& segments = schedule_.segments_;
  while (segment_ + 1 < segments.size() && segments[segment_ + 1].first <= n + tolerance)
    ++segment_;
  const auto& segment = segments[segment_];
  // The time t with rate * t + slope * t^2 / 2 = rest, in the form that loses no digits.
  const double rest = std::max(0.0, n - segment.first);
  const double root = std::max(0.0, segment.rate * segment.rate + 2 * segment.slope * rest);
  const double divisor = segment.rate + std::sqrt(root);
  const double seconds = divisor > 0 ? std::min(2 * rest / divisor, segment.duration_s) : 0;
  return std::chrono::nanoseconds{std::llround((segment.begin_s + seconds) * 1e9)};
}

}  // namespace feedctl::loadtest
