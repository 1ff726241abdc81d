#pragma once
// What `feedctl top` draws: one screen as styled lines, and the same figures in one line and as
// JSON. Pure functions; any thread.
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "feedctl/top/dashboard.hpp"

namespace feedctl::cli::live {

enum class Style { plain, title, header, good, warning, bad, dim };

struct Span {
  std::string text;  // printable UTF-8, each code point one column
  Style style = Style::plain;
};
using Line = std::vector<Span>;

struct View {
  std::size_t width = 80, height = 24;  // height 0: as many lines as there are
  Sort sort = Sort::rate;
  bool is_paused = false;
  bool has_keys = false;        // shows the line of keys
  std::size_t first_route = 0;  // those before it are scrolled out
  std::chrono::milliseconds interval{1000};
  Time now{};
  std::chrono::steady_clock::time_point steady_now{};
};

// At most view.height lines of at most view.width columns.
std::vector<Line> draw_frame(const Dashboard& dashboard, const View& view);

// With the escape sequences of colours, or without; no newline.
std::string line_text(const Line& line, bool has_color);

}  // namespace feedctl::cli::live
