#pragma once
// The scales of charts: from values to places, with round ticks (1, 2 or 5 times a power of ten;
// for time, those of a clock). Values; any thread.
#include <vector>

namespace feedctl::loadtest {

class ChartScale {
 public:
  // `low` < `high`; of a logarithmic one both are above 0.
  static ChartScale linear(double low, double high);
  static ChartScale logarithmic(double low, double high);

  // The place between 0 and 1; values beyond the ends are at the ends.
  double place(double value) const;
  double low() const { return low_; }
  double high() const { return high_; }

 private:
  ChartScale(double low, double high, bool is_logarithmic)
      : low_(low), high_(high), is_logarithmic_(is_logarithmic) {}
  double low_, high_;
  bool is_logarithmic_;
};

// From 0 to the first tick at or above `high`, about `wanted` steps.
std::vector<double> linear_ticks(double high, int wanted = 4);
// Powers of ten, with 2 and 5 between them where there are few; the ends enclose both values.
std::vector<double> logarithmic_ticks(double low, double high);
// At most 7, of a clock, from `low` to `high`.
std::vector<double> clock_ticks(double low, double high);

}  // namespace feedctl::loadtest
