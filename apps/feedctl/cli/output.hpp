#pragma once
// Results of a command, printed as a table, as JSON or as JSON lines from the same cells.
//
// Plain values for the main thread; print() throws what Runtime::print() throws.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.hpp"

namespace feedctl::cli {

class Runtime;

// A value that is JSON already. A table shows its text.
struct RawJson {
  std::string text;
};

// monostate: no value ("-" in a table, null in JSON).
using Cell = std::variant<std::monostate, bool, std::int64_t, double, std::string, Time,
                          std::vector<std::string>, RawJson>;

class Table {
 public:
  // A column's name is its JSON key and, in upper case, its title.
  explicit Table(std::vector<std::string> columns) : columns_(std::move(columns)) {}
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }

  // Numbers are right-aligned; only the last column is wrapped.
  std::string text(std::size_t width = 80) const;
  std::string json() const;  // with a newline at the end
  std::string jsonl() const;

  // In the format of --output.
  void print(const Runtime& runtime) const;

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// Named values: "name  value" lines, or one JSON object.
class Record {
 public:
  Record& add(std::string name, Cell value) {
    lines_.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  std::string text() const;
  std::string json() const;
  void print(const Runtime& runtime) const;

 private:
  std::vector<std::pair<std::string, Cell>> lines_;
};

// Appends `text` wrapped at `width`, later lines indented, and a newline.
void append_wrapped(std::string& out, const std::string& text, std::size_t indent,
                    std::size_t width);

// Columns of the terminal, else 80.
std::size_t terminal_width();

}  // namespace feedctl::cli
