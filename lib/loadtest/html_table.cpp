#include "loadtest/html_table.hpp"

#include "base/html_escape.hpp"
#include "loadtest/number_text.hpp"

namespace feedctl::loadtest {

namespace {

std::string cell(const std::string& text, bool is_text, std::size_t max_bytes) {
  return (is_text ? "<td class=\"text\">" : "<td>") + html_text(text, max_bytes) + "</td>";
}

}  // namespace

std::string html_text(std::string_view text, std::size_t max_bytes) {
  auto escaped = escape_html(printable_text(text, max_bytes));
  if (escaped.size() <= 2 * max_bytes + 3) return escaped;
  // A reference has at most 6 bytes.
  return escape_html(printable_text(text, max_bytes / 3));
}

std::string html_table(const HtmlTable& table) {
  const auto caption = html_text(table.caption);
  std::string out = "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"" + caption +
                    "\"><table><caption>" + caption + "</caption><thead><tr>";
  const auto is_long = [&](std::size_t column) {
    return table.has_long_texts && column + 1 == table.titles.size();
  };
  for (std::size_t i = 0; i < table.titles.size(); ++i)
    out += std::string("<th scope=\"col\"") + (is_long(i) ? " class=\"text\">" : ">") +
           html_text(table.titles[i]) + "</th>";
  out += "</tr></thead><tbody>";
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    out += row + table.sum_rows >= table.rows.size() ? "<tr class=\"sum\">" : "<tr>";
    for (std::size_t i = 0; i < table.titles.size(); ++i) {
      const auto& text = table.rows[row].at(i);
      if (i == 0)
        out += "<th scope=\"row\">" + html_text(text, table.max_cell_bytes) + "</th>";
      else
        out += cell(text, is_long(i), table.max_cell_bytes);
    }
    out += "</tr>";
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace feedctl::loadtest
