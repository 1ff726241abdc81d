#include "imports/html_text.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "imports/character_reference.hpp"

namespace feedctl::imports {
namespace {

constexpr std::size_t max_tag_name = 16;

constexpr std::array<std::string_view, 18> blocks{
    "div", "li",         "ul", "ol",    "h1",      "h2",      "h3",     "h4",     "h5",
    "h6",  "blockquote", "tr", "table", "section", "article", "header", "footer", "hr"};
constexpr std::array<std::string_view, 5> dropped{"script", "style", "head", "title", "template"};

template <std::size_t size>
bool contains(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f';
}

struct Tag {
  std::string name;  // in lower case; cut, since no known one is long
  bool is_end = false;
};

class Converter {
 public:
  explicit Converter(std::string_view html) : rest_(html) { out_.reserve(html.size()); }

  std::string run() {
    while (!rest_.empty()) {
      const auto size = std::min(rest_.find_first_of("<&"), rest_.size());
      add_text(rest_.substr(0, size));
      rest_.remove_prefix(size);
      if (rest_.empty()) break;
      if (rest_.front() == '&' ? !take_reference() : !take_markup()) {
        add_text(rest_.substr(0, 1));
        rest_.remove_prefix(1);
      }
    }
    return std::move(out_);
  }

 private:
  void add_text(std::string_view text) {
    if (is_pre_) return add_literally(text);
    while (!text.empty()) {
      const auto* end = std::find_if(text.begin(), text.end(), is_space);
      const auto size = static_cast<std::size_t>(end - text.begin());
      if (size > 0) {
        add_literally(text.substr(0, size));
        text.remove_prefix(size);
      } else {
        has_space_ = true;
        text.remove_prefix(1);
      }
    }
  }

  // What is owed before a text: line breaks, or else a space.
  void add_literally(std::string_view text) {
    if (text.empty()) return;
    if (!out_.empty()) {
      if (breaks_ > 0)
        out_.append(breaks_, '\n');
      else if (has_space_)
        out_ += ' ';
    }
    breaks_ = 0;
    has_space_ = false;
    out_ += text;
  }

  void owe_breaks(std::size_t count) { breaks_ = std::max(breaks_, count); }

  bool take_reference() {
    std::string decoded;
    const auto size = append_reference(decoded, rest_);
    if (size == 0) return false;
    add_literally(decoded);
    rest_.remove_prefix(size);
    return true;
  }

  // A tag, a comment or a declaration; false: a mere '<'.
  bool take_markup() {
    if (rest_.substr(0, 4) == "<!--") return pass("-->"), true;
    const char next = rest_.size() > 1 ? rest_[1] : ' ';
    if (next == '!' || next == '?') return pass(">"), true;
    const bool is_end = next == '/';
    if (!is_letter(is_end ? (rest_.size() > 2 ? rest_[2] : ' ') : next)) return false;
    rest_.remove_prefix(is_end ? 2 : 1);
    apply({take_tag_name(), is_end});
    return true;
  }

  void pass(std::string_view end) {
    const auto at = rest_.find(end);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
  }

  // Passes the attributes, too, whose values may hold '>'.
  std::string take_tag_name() {
    std::size_t size = 0;
    while (size < rest_.size() && !is_space(rest_[size]) && rest_[size] != '>' &&
           rest_[size] != '/')
      ++size;
    auto name = to_lower(rest_.substr(0, std::min(size, max_tag_name)));
    rest_.remove_prefix(size);
    char quote = '\0';
    for (size = 0; size < rest_.size(); ++size) {
      const char c = rest_[size];
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        break;
      }
    }
    rest_.remove_prefix(std::min(size + 1, rest_.size()));
    return name;
  }

  void apply(const Tag& tag) {
    if (tag.name == "br") {
      ++breaks_;
    } else if (tag.name == "p") {
      owe_breaks(2);
    } else if (tag.name == "pre") {
      owe_breaks(2);
      is_pre_ = !tag.is_end;
    } else if (contains(blocks, tag.name)) {
      owe_breaks(1);
    } else if (!tag.is_end && contains(dropped, tag.name)) {
      pass_content_of(tag.name);
    }
  }

  // The content ends only at the element's own end tag.
  void pass_content_of(std::string_view name) {
    while (!rest_.empty()) {
      pass("</");
      const bool is_it = to_lower(rest_.substr(0, name.size())) == name;
      if (is_it) return pass(">");
    }
  }

  std::string_view rest_;
  std::string out_;
  std::size_t breaks_ = 0;
  bool has_space_ = false;
  bool is_pre_ = false;
};

}  // namespace

std::string html_to_text(std::string_view html) {
  return Converter(html).run();
}

}  // namespace feedctl::imports
