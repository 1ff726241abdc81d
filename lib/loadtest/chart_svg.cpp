#include "loadtest/chart_svg.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/html_escape.hpp"
#include "loadtest/chart_scale.hpp"
#include "loadtest/number_text.hpp"

namespace feedctl::loadtest {

namespace {

// In user units; the page scales the picture to its width.
constexpr double width = 640, height = 280;
constexpr double left = 84, right = 14, top = 14, bottom = 34;
constexpr int styles = 6;

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool is_empty() const { return low > high; }
};

// Of the points that are drawn: on a logarithmic axis only those above 0 have a place.
bool is_drawn(const ChartPoint& point, Chart::YAxis axis) {
  return std::isfinite(point.y) && (axis == Chart::YAxis::linear || point.y > 0);
}

Range x_range(const Chart& chart) {
  Range range;
  for (const auto& series : chart.series) {
    for (const auto& point : series.points) range.add(point.x);
  }
  if (!range.is_empty()) range.add(0);
  if (!range.is_empty()) range.add(chart.x_max);
  return range;
}

Range y_range(const Chart& chart) {
  Range range;
  for (const auto& series : chart.series) {
    for (const auto& point : series.points) {
      if (is_drawn(point, chart.y_axis)) range.add(point.y);
    }
  }
  return range;
}

std::string number(double value) {
  auto text = fixed_text(value, 1);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string text_at(double x, double y, const char* anchor, std::string_view text) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" +
         escape_html(text) + "</text>";
}

std::string line(double x1, double y1, double x2, double y2) {
  return "<path class=\"grid\" d=\"M" + number(x1) + " " + number(y1) + "L" + number(x2) + " " +
         number(y2) + "\"/>";
}

// "1 ms" of "1.00 ms": ticks are round.
std::string without_zeros(std::string text) {
  const auto point = text.find('.');
  if (point == std::string::npos) return text;
  const auto end = std::min(text.find_first_not_of("0123456789", point + 1), text.size());
  auto last = end;
  while (text[last - 1] == '0') --last;
  if (last == point + 1) last = point;
  return text.erase(last, end - last);
}

// "p99.9" of 3 nines.
std::string nines_text(int nines) {
  if (nines == 0) return "p0";
  return "p" + fixed_text(100 - std::pow(10, 2 - nines), std::max(nines - 2, 0));
}

// Whole numbers up to 2 have no room for four ticks: their labels would repeat.
std::vector<double> labelled_ticks(const Chart& chart, double high) {
  for (int wanted = 4;; --wanted) {
    auto ticks = linear_ticks(high, wanted);
    const auto repeated = std::adjacent_find(
        ticks.begin(), ticks.end(),
        [&](double one, double next) { return chart.format(one) == chart.format(next); });
    if (repeated == ticks.end() || wanted == 1) return ticks;
  }
}

class ChartWriter {
 public:
  ChartWriter(const Chart& chart, const Range& x, const Range& y)
      : chart_(chart),
        y_ticks_(chart.y_axis == Chart::YAxis::linear
                     ? labelled_ticks(chart, std::max(y.high, chart.y_max))
                     : logarithmic_ticks(y.low, y.high)),
        x_scale_(ChartScale::linear(x.low, x.high)),
        y_scale_(chart.y_axis == Chart::YAxis::linear
                     ? ChartScale::linear(y_ticks_.front(), y_ticks_.back())
                     : ChartScale::logarithmic(y_ticks_.front(), y_ticks_.back())) {}

  std::string write() {
    const auto title = chart_.id + "-title", summary = chart_.id + "-summary";
    out_ = "<svg role=\"img\" viewBox=\"0 0 " + number(width) + " " + number(height) +
           "\" aria-labelledby=\"" + title + " " + summary + "\"><title id=\"" + title + "\">" +
           escape_html(chart_.title) + "</title><desc id=\"" + summary + "\">" +
           escape_html(chart_.summary) + "</desc>";
    for (const auto& band : chart_.bands) add_band(band);
    add_y_axis();
    add_x_axis();
    for (const auto& series : chart_.series) add_series(series);
    return out_ + "</svg>";
  }

 private:
  double x_of(double value) const { return left + x_scale_.place(value) * (width - left - right); }
  double y_of(double value) const {
    return height - bottom - y_scale_.place(value) * (height - top - bottom);
  }

  void add_band(const ChartBand& band) {
    const double from = x_of(band.from), to = x_of(band.to);
    if (band.to <= x_scale_.low() || band.from >= x_scale_.high()) return;
    out_ += "<rect class=\"" + escape_html(band.css_class) + "\" x=\"" + number(from) + "\" y=\"" +
            number(top) + "\" width=\"" + number(std::max(to - from, 1.0)) + "\" height=\"" +
            number(height - top - bottom) + "\"/>";
  }

  void add_y_axis() {
    for (const double tick : y_ticks_) {
      out_ += line(left, y_of(tick), width - right, y_of(tick));
      out_ += text_at(left - 8, y_of(tick) + 5, "end", without_zeros(chart_.format(tick)));
    }
  }

  void add_x_axis() {
    const double baseline = height - bottom + 22;
    if (chart_.x_axis == Chart::XAxis::seconds) {
      for (const double tick : clock_ticks(x_scale_.low(), x_scale_.high()))
        add_x_tick(tick, baseline, clock_text(tick));
      return;
    }
    constexpr double max_labels = 5;
    const int step = x_scale_.high() > max_labels ? 2 : 1;
    for (int nines = 0; nines <= x_scale_.high(); nines += step)
      add_x_tick(nines, baseline, nines_text(nines));
  }

  void add_x_tick(double value, double baseline, const std::string& text) {
    out_ += line(x_of(value), top, x_of(value), height - bottom);
    const char* anchor = x_scale_.place(value) > 0.95 ? "end" : "middle";
    out_ += text_at(x_of(value), baseline, anchor, text);
  }

  void add_series(const ChartSeries& series) {
    std::string path;
    bool is_open = false;
    for (const auto& point : downsample(series.points, max_chart_points)) {
      if (!is_drawn(point, chart_.y_axis)) {
        is_open = false;
        continue;
      }
      path += (is_open ? "L" : "M") + number(x_of(point.x)) + " " + number(y_of(point.y));
      if (!is_open) path += "h.1";  // a point between two gaps is seen, too
      is_open = true;
    }
    out_ += "<path class=\"s" + std::to_string(std::clamp(series.style, 0, styles - 1)) +
            "\" d=\"" + path + "\"/>";
  }

  const Chart& chart_;
  const std::vector<double> y_ticks_;
  const ChartScale x_scale_, y_scale_;
  std::string out_;
};

}  // namespace

std::string chart_svg(const Chart& chart) {
  const auto x = x_range(chart), y = y_range(chart);
  if (x.is_empty() || y.is_empty()) return "";
  return ChartWriter(chart, x, y).write();
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<long>(seconds);
  const auto two_digits = [](long value) {
    return (value < 10 ? "0" : "") + std::to_string(value);
  };
  if (whole < 3600) return std::to_string(whole / 60) + ":" + two_digits(whole % 60);
  return std::to_string(whole / 3600) + ":" + two_digits(whole % 3600 / 60) + ":" +
         two_digits(whole % 60);
}

}  // namespace feedctl::loadtest
