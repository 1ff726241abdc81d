#include "loadtest/downsample.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace feedctl::loadtest {

namespace {

using Points = std::vector<ChartPoint>;

// The lowest and the highest point of the range, in the order of x, then a gap if it has one.
void append_extremes(Points& out, Points::const_iterator from, Points::const_iterator to) {
  auto low = to, high = to;
  bool has_gap = false;
  for (auto at = from; at != to; ++at) {
    if (!std::isfinite(at->y)) {
      has_gap = true;
      continue;
    }
    if (low == to || at->y < low->y) low = at;
    if (high == to || at->y > high->y) high = at;
  }
  if (low != to) {
    out.push_back(std::min(low, high)[0]);
    if (low != high) out.push_back(std::max(low, high)[0]);
  }
  if (has_gap) out.push_back({std::prev(to)->x, std::numeric_limits<double>::quiet_NaN()});
}

}  // namespace

std::vector<ChartPoint> downsample(const Points& points, std::size_t max_points) {
  if (points.size() <= max_points) return points;
  const auto ranges = std::max<std::size_t>(max_points / 3, 1);
  const double first = points.front().x;
  const double width = (points.back().x - first) / static_cast<double>(ranges);
  Points out;
  auto from = points.begin();
  for (std::size_t i = 1; i <= ranges && from != points.end(); ++i) {
    const double end = first + width * static_cast<double>(i);
    const auto to = i == ranges ? points.end()
                                : std::find_if(from, points.end(),
                                               [&](const auto& point) { return point.x >= end; });
    append_extremes(out, from, to);
    from = to;
  }
  return out;
}

}  // namespace feedctl::loadtest
