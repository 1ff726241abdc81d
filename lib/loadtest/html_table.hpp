#pragma once
// Texts and tables of a load test's HTML report. All texts are escaped and cut. Pure functions; any
// thread.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::loadtest {

// Escaped; at most 2 * max_bytes + 3 bytes, whatever it holds.
std::string html_text(std::string_view text, std::size_t max_bytes = 120);

// A table in a region that scrolls sideways on narrow screens. `titles` and cells are plain texts.
struct HtmlTable {
  std::string caption;
  std::vector<std::string> titles;
  std::vector<std::vector<std::string>> rows;
  std::size_t sum_rows = 0;     // the last ones, in bold
  bool has_long_texts = false;  // in its last column
  std::size_t max_cell_bytes = 120;
};
std::string html_table(const HtmlTable& table);

}  // namespace feedctl::loadtest
