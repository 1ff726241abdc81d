#include "feedctl/cli/output.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/json_writer.hpp"
#include "base/utf8.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

std::size_t display_width(const std::string& text) {
  return utf8_length(text).value_or(text.size());
}

void wrap(std::string& out, const std::string& text, std::size_t indent, std::size_t room) {
  std::size_t column = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto space = std::min(text.find(' ', at), text.size());
    const auto word = text.substr(at, space - at);
    const auto length = display_width(word);
    if (column > 0 && column + 1 + length > room) {
      out.append("\n").append(indent, ' ');
      column = 0;
    } else if (column > 0) {
      out += ' ';
      ++column;
    }
    out += word;
    column += length;
    at = space + 1;
  }
}

struct TextFormatter {
  std::string operator()(std::monostate) const { return "-"; }
  std::string operator()(bool v) const { return v ? "yes" : "no"; }
  std::string operator()(std::int64_t v) const { return std::to_string(v); }
  std::string operator()(double v) const {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, std::abs(v) < 10 ? "%.2f" : "%.1f", v);
    return buffer;
  }
  std::string operator()(const std::string& v) const {
    // What was stored by strangers must not steer the terminal.
    std::string out;
    for (const char c : v) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    return out.empty() ? "-" : out;
  }
  std::string operator()(Time v) const {
    return rfc3339(std::chrono::floor<std::chrono::seconds>(v));
  }
  std::string operator()(const std::vector<std::string>& v) const {
    std::string out;
    for (const auto& word : v) out.append(out.empty() ? "" : ",").append((*this)(word));
    return out.empty() ? "-" : out;
  }
  std::string operator()(const RawJson& v) const { return (*this)(v.text); }
};

struct JsonFormatter {
  json::Writer& out;
  void operator()(std::monostate) const { out.null(); }
  void operator()(bool v) const { out.boolean(v); }
  void operator()(std::int64_t v) const { out.integer(v); }
  void operator()(double v) const { out.real(v); }
  void operator()(const std::string& v) const { out.text(v); }
  void operator()(Time v) const { out.text(rfc3339(v)); }
  void operator()(const std::vector<std::string>& v) const {
    out.open_array();
    for (const auto& word : v) out.text(word);
    out.close_array();
  }
  void operator()(const RawJson& v) const { out.raw(v.text); }
};

bool is_number(const Cell& cell) {
  return std::holds_alternative<std::int64_t>(cell) || std::holds_alternative<double>(cell);
}

std::string title_of(const std::string& column) {
  std::string title = column;
  for (char& c : title)
    c = c == '_' ? '-' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return title;
}

void write_object(json::Writer& out, const std::vector<std::string>& names,
                  const std::vector<Cell>& values) {
  out.open_object();
  for (std::size_t i = 0; i < names.size(); ++i)
    std::visit(JsonFormatter{out.key(names[i])}, values.at(i));
  out.close_object();
}

}  // namespace

void append_wrapped(std::string& out, const std::string& text, std::size_t indent,
                    std::size_t width) {
  wrap(out, text, indent, width > indent + 20 ? width - indent : 20);
  out += '\n';
}

std::size_t terminal_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
      size.ws_col >= 40)
    return size.ws_col;
  return 80;
}

std::string Table::text(std::size_t width) const {
  const auto count = columns_.size();
  std::vector<std::vector<std::string>> lines(1);
  std::vector<bool> right(count, false), left(count, false);
  for (const auto& column : columns_) lines[0].push_back(title_of(column));
  for (const auto& row : rows_) {
    lines.emplace_back();
    for (std::size_t i = 0; i < count; ++i) {
      lines.back().push_back(std::visit(TextFormatter{}, row.at(i)));
      if (is_number(row[i]))
        right[i] = true;
      else if (!std::holds_alternative<std::monostate>(row[i]))
        left[i] = true;
    }
  }
  for (std::size_t i = 0; i < count; ++i) right[i] = right[i] && !left[i];
  std::vector<std::size_t> widths(count);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < count; ++i) widths[i] = std::max(widths[i], display_width(line[i]));
  }
  std::string out;
  for (const auto& line : lines) {
    std::size_t used = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto pad = widths[i] - display_width(line[i]);
      const bool last = i + 1 == count;
      if (last && !right[i]) {
        wrap(out, line[i], used, width > used + 20 ? width - used : 20);
        break;
      }
      if (right[i]) out.append(pad, ' ');
      out += line[i];
      if (!last) out.append((right[i] ? 0 : pad) + 2, ' ');
      used += widths[i] + 2;
    }
    out += '\n';
  }
  return out;
}

std::string Table::json() const {
  std::string out;
  json::Writer writer(out);
  writer.open_array();
  for (const auto& row : rows_) write_object(writer, columns_, row);
  writer.close_array();
  return out + "\n";
}

std::string Table::jsonl() const {
  std::string out;
  for (const auto& row : rows_) {
    json::Writer writer(out);
    write_object(writer, columns_, row);
    out += '\n';
  }
  return out;
}

void Table::print(const Runtime& runtime) const {
  switch (runtime.common().format()) {
    case OutputFormat::json:
      return runtime.print(json());
    case OutputFormat::jsonl:
      return runtime.print(jsonl());
    case OutputFormat::table:
      return runtime.print(text(terminal_width()));
  }
}

std::string Record::text() const {
  std::size_t left = 0;
  for (const auto& line : lines_) left = std::max(left, display_width(line.first));
  std::string out;
  for (const auto& [name, value] : lines_) {
    out.append(name)
        .append(left - display_width(name) + 2, ' ')
        .append(std::visit(TextFormatter{}, value))
        .append("\n");
  }
  return out;
}

std::string Record::json() const {
  std::string out;
  json::Writer writer(out);
  writer.open_object();
  for (const auto& [name, value] : lines_) std::visit(JsonFormatter{writer.key(name)}, value);
  writer.close_object();
  return out + "\n";
}

void Record::print(const Runtime& runtime) const {
  runtime.print(runtime.common().format() == OutputFormat::table ? text() : json());
}

}  // namespace feedctl::cli
