#pragma once
// Texts in HTML and in double-quoted attributes. Pure functions; any thread.
#include <string>
#include <string_view>

namespace feedctl {

// "" for a character that stands for itself.
constexpr std::string_view html_reference(char c) {
  switch (c) {
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '&':
      return "&amp;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

inline std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (const auto reference = html_reference(c); !reference.empty())
      out += reference;
    else
      out += c;
  }
  return out;
}

}  // namespace feedctl
