#pragma once
// Line charts as SVG for an HTML page: axes with round ticks, curves with gaps, shaded bands. The
// page's style sheet gives the colours, by the classes s0 to s5 of curves and the names of bands.
// All texts are escaped. Pure functions; any thread.
#include <string>
#include <vector>

#include "loadtest/downsample.hpp"

namespace feedctl::loadtest {

struct ChartSeries {
  std::string name;
  std::vector<ChartPoint> points;
  int style = 0;  // 0 to 5
};

// A range of x, over the whole height.
struct ChartBand {
  double from = 0, to = 0;
  std::string css_class;  // "warm-up"
  std::string name;
};

struct Chart {
  enum class XAxis { seconds, nines };     // nines: x is -log10(1 - fraction)
  enum class YAxis { linear, logarithm };  // linear from 0

  std::string id;  // of the document; letters, digits and hyphens
  std::string title;
  std::string summary;  // what it shows, for those who cannot see it
  XAxis x_axis = XAxis::seconds;
  YAxis y_axis = YAxis::linear;
  std::string (*format)(double value) = nullptr;  // of the y axis
  double y_max = 0;                               // at least
  double x_max = 0;                               // at least; x begins at 0
  std::vector<ChartSeries> series;
  std::vector<ChartBand> bands;
};

inline constexpr std::size_t max_chart_points = 600;  // of a curve

// "" without any point.
std::string chart_svg(const Chart& chart);

// "1:30", "1:00:00".
std::string clock_text(double seconds);

}  // namespace feedctl::loadtest
