#include "seed/daily_rhythm.hpp"

#include <algorithm>

namespace feedctl::seed {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;

constexpr std::int64_t hour_us = 3'600'000'000;
constexpr std::int64_t day_us = 24 * hour_us;
constexpr double hourly[24] = {0.42, 0.26, 0.15, 0.09, 0.07, 0.09, 0.18, 0.34,
                               0.48, 0.55, 0.58, 0.61, 0.68, 0.66, 0.61, 0.60,
                               0.63, 0.70, 0.81, 0.93, 1.00, 0.97, 0.84, 0.62};

microseconds time_of_day(Time at) {
  const auto us = unix_us(at) % day_us;
  return microseconds{us < 0 ? us + day_us : us};
}

}  // namespace

double activity_at(microseconds time_of_day) {
  const auto us = (time_of_day.count() % day_us + day_us) % day_us;
  const auto hour = static_cast<std::size_t>(us / hour_us);
  const double part = static_cast<double>(us % hour_us) / static_cast<double>(hour_us);
  return hourly[hour] * (1 - part) + hourly[(hour + 1) % 24] * part;
}

double activity_at(Time at, int zone) {
  return activity_at(time_of_day(at) + hours{zone});
}

DailyRhythm::DailyRhythm(const std::vector<std::pair<int, double>>& zones) {
  for (std::size_t slot = 0; slot < slots; ++slot) {
    const microseconds middle{(2 * static_cast<std::int64_t>(slot) + 1) * day_us / (2 * slots)};
    double sum = zones.empty() ? activity_at(middle) : 0;
    for (const auto& [zone, share] : zones) sum += share * activity_at(middle + hours{zone});
    before_[slot + 1] = before_[slot] + sum;
  }
  const double whole = before_.back();
  for (auto& share : before_) share /= whole;
}

double DailyRhythm::share_before(microseconds time_of_day) const {
  const double at = static_cast<double>(time_of_day.count()) * slots / static_cast<double>(day_us);
  const auto slot = std::min(static_cast<std::size_t>(at), slots - 1);
  return before_[slot] + (before_[slot + 1] - before_[slot]) * (at - static_cast<double>(slot));
}

microseconds DailyRhythm::time_of_share(double share) const {
  const auto above = std::upper_bound(before_.begin(), before_.end() - 1, share);
  const auto slot = static_cast<std::size_t>(above - before_.begin()) - 1;
  const double part = (share - before_[slot]) / (before_[slot + 1] - before_[slot]);
  const double us = (static_cast<double>(slot) + part) * static_cast<double>(day_us) / slots;
  return microseconds{static_cast<std::int64_t>(us)};
}

// Counts days from the midnight before the begin, so that a shift by whole days changes nothing
// else.
Time DailyRhythm::time_at(double share, days length, Time end) const {
  const Time begin = end - length;
  const auto offset = time_of_day(begin);
  const double at = share_before(offset) + share * static_cast<double>(length.count());
  const auto whole = static_cast<std::int64_t>(at);
  const auto in_day = time_of_share(std::min(at - static_cast<double>(whole), 1 - 1e-12));
  return std::clamp<Time>(begin - offset + days{whole} + in_day, begin, end);
}

}  // namespace feedctl::seed
