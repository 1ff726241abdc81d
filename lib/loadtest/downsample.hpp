#pragma once
// Reduces a curve to few points without losing its extremes: of each of equal ranges of x the
// lowest and the highest point are kept (min-max decimation). Pure functions; any thread.
#include <cstddef>
#include <vector>

namespace feedctl::loadtest {

struct ChartPoint {
  double x = 0, y = 0;  // y: NaN where the curve has a gap
};

// `points` ascend in x. At most `max_points`, at least 4, come out; gaps stay gaps.
std::vector<ChartPoint> downsample(const std::vector<ChartPoint>& points, std::size_t max_points);

}  // namespace feedctl::loadtest
