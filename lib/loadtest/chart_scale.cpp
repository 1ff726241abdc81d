#include "loadtest/chart_scale.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace feedctl::loadtest {

ChartScale ChartScale::linear(double low, double high) {
  return {low, high > low ? high : low + 1, false};
}

ChartScale ChartScale::logarithmic(double low, double high) {
  return {low, high > low ? high : low * 10, true};
}

double ChartScale::place(double value) const {
  const double inside = std::clamp(value, low_, high_);
  if (is_logarithmic_) return std::log(inside / low_) / std::log(high_ / low_);
  return (inside - low_) / (high_ - low_);
}

std::vector<double> linear_ticks(double high, int wanted) {
  high = high > 0 ? std::max(high, 1e-12) : 1;
  const double raw = high / wanted;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= raw * (1 - 1e-9)) step = factor * power;
  }
  std::vector<double> ticks;
  for (int i = 0;; ++i) {
    ticks.push_back(step * i);
    if (step * i >= high * (1 - 1e-9)) return ticks;
  }
}

std::vector<double> logarithmic_ticks(double low, double high) {
  const auto first = static_cast<int>(std::floor(std::log10(low)));
  const auto last = static_cast<int>(std::ceil(std::log10(high)));
  constexpr int max_decades_with_more = 2;
  std::vector<double> ticks;
  for (int power = first; power <= std::max(last, first + 1); ++power) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor > 1 && last - first > max_decades_with_more) continue;
      ticks.push_back(factor * std::pow(10, power));
    }
  }
  const auto above = std::find_if(ticks.begin(), ticks.end(), [&](double t) { return t >= high; });
  if (above != ticks.end()) ticks.erase(above + 1, ticks.end());
  while (ticks.size() > 2 && ticks[1] <= low) ticks.erase(ticks.begin());
  return ticks;
}

std::vector<double> clock_ticks(double low, double high) {
  constexpr std::array<double, 17> steps{1,   2,   5,    10,   15,   30,    60,    120,  300,
                                         600, 900, 1800, 3600, 7200, 10800, 21600, 43200};
  constexpr double max_ticks = 6;
  double step = 86400;
  while ((high - low) / step > max_ticks) step *= 2;
  for (auto at = steps.rbegin(); at != steps.rend(); ++at) {
    if ((high - low) / *at <= max_ticks) step = *at;
  }
  std::vector<double> ticks;
  for (double tick = std::ceil(low / step) * step; tick <= high; tick += step)
    ticks.push_back(tick);
  return ticks;
}

}  // namespace feedctl::loadtest
