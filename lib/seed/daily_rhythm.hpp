#pragma once
// Diurnal activity of people: how likely they post or like at each hour of their day, and points in
// time drawn by it.
//
// Integers and plain arithmetic only, so that all platforms agree. Plain values; thread-safe.
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace feedctl::seed {

// Relative activity at a local time of day, in (0, 1]: lowest at four in the morning, highest at
// eight in the evening, linear between the hours.
double activity_at(std::chrono::microseconds time_of_day);
// The same for a time in UTC and a zone, in hours east of it.
double activity_at(Time at, int zone);

// The activity of a population spread over time zones, and its inverse.
class DailyRhythm {
 public:
  // Pairs of a zone and its share of the population. Empty: UTC.
  explicit DailyRhythm(const std::vector<std::pair<int, double>>& zones);

  // The time at `share` of the activity between `end` less whole `days` and `end`; monotonic.
  Time time_at(double share, std::chrono::days days, Time end) const;

 private:
  static constexpr std::size_t slots = 96;  // of a quarter of an hour
  double share_before(std::chrono::microseconds time_of_day) const;
  std::chrono::microseconds time_of_share(double share) const;

  std::array<double, slots + 1> before_{};  // share of a day's activity before each slot
};

}  // namespace feedctl::seed
