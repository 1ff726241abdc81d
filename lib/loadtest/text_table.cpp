#include "loadtest/text_table.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace feedctl::loadtest {

namespace {

std::size_t width_of(const std::string& cell) {
  return utf8_length(cell).value_or(cell.size());
}

}  // namespace

std::string TextTable::text(const std::string& indent) const {
  std::vector<std::size_t> widths(rows_[0].size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], width_of(row.at(i)));
  }
  std::string out;
  for (const auto& row : rows_) {
    out += indent;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string padding(widths[i] - width_of(row[i]), ' ');
      out += i == 0 ? row[i] + (widths.size() > 1 ? padding : "") : "  " + padding + row[i];
    }
    out += '\n';
  }
  return out;
}

}  // namespace feedctl::loadtest
