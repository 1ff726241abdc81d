#pragma once
// A table of texts with aligned columns: the first to the left, the others to the right. Cells are
// ASCII or UTF-8 of one column a code point. A value; not thread-safe.
#include <string>
#include <vector>

namespace feedctl::loadtest {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> titles) : rows_{std::move(titles)} {}
  // As many cells as there are titles.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // A line for each row, with `indent` before it.
  std::string text(const std::string& indent = "") const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace feedctl::loadtest
