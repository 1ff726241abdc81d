#include <algorithm>
#include <cctype>

#include "tree.hpp"

namespace feedctl::architecture {
namespace {

// Walks through a C++ source, far enough to tell code from comments, strings and characters.
class Scanner {
 public:
  Scanner(const std::string& text, File& file) : text_(text), file_(file) {}

  void run() {
    while (at_ < text_.size()) step();
  }

 private:
  bool looking_at(const char* word) const {
    return text_.compare(at_, std::string(word).size(), word) == 0;
  }

  void step() {
    if (looking_at("//"))
      skip_to("\n");
    else if (looking_at("/*"))
      skip_to("*/");
    else if (looking_at("#include") && line_is_empty_)
      include();
    else if (looking_at("R\"") && !in_word())
      raw();
    else if (text_[at_] == '"')
      quoted();
    else if (text_[at_] == '\'' && !in_word())
      character();
    else
      code(text_[at_]);
  }

  // A digit separator or a prefix: 10'000.
  bool in_word() const {
    return at_ > 0 &&
           (std::isalnum(static_cast<unsigned char>(text_[at_ - 1])) != 0 || text_[at_ - 1] == '_');
  }

  void code(char c) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      if (c == '+') plus();
      last_was_literal_ = false;
      last_ = c;
      line_is_empty_ = false;
      recent_ += c;
    }
    take(1);
  }

  void plus() {
    if (last_was_literal_) file_.literals.back().is_concatenated = true;
    const auto dot = recent_.rfind(".text");
    const auto query = recent_.rfind("sql::");
    if (dot != std::string::npos && dot + 5 == recent_.size() && query != std::string::npos &&
        recent_.find_first_of("();,", query) == std::string::npos) {
      file_.added_queries.push_back(line_);
    }
  }

  void include() {
    const auto end = std::min(text_.find('\n', at_), text_.size());
    const auto open = text_.find_first_of("<\"", at_);
    if (open < end) {
      const auto close = text_.find_first_of(">\"", open + 1);
      if (close < end) file_.includes.push_back({line_, text_.substr(open + 1, close - open - 1)});
    }
    take(end - at_);
  }

  void raw() {
    const auto paren = text_.find('(', at_);
    if (paren == std::string::npos) return take(text_.size() - at_);
    const auto closing = ")" + text_.substr(at_ + 2, paren - at_ - 2) + "\"";
    const auto end = std::min(text_.find(closing, paren), text_.size());
    literal(text_.substr(paren + 1, end - paren - 1));
    take(std::min(end + closing.size(), text_.size()) - at_);
  }

  void quoted() {
    std::string value;
    auto i = at_ + 1;
    for (; i < text_.size() && text_[i] != '"' && text_[i] != '\n'; ++i) {
      const bool escaped = text_[i] == '\\';
      if (escaped) ++i;
      if (i < text_.size()) value += escaped ? ' ' : text_[i];
    }
    literal(value);
    take(std::min(i + 1, text_.size()) - at_);
  }

  void literal(const std::string& value) {
    if (last_was_literal_)
      file_.literals.back().text += value;
    else
      file_.literals.push_back({line_, value, last_ == '+'});
    last_was_literal_ = true;
    line_is_empty_ = false;
    recent_.clear();
  }

  void character() {
    auto i = at_ + 1;
    while (i < text_.size() && text_[i] != '\'') i += text_[i] == '\\' ? 2 : 1;
    last_was_literal_ = false;
    last_ = '\'';
    take(std::min(i + 1, text_.size()) - at_);
  }

  void skip_to(const std::string& end) {
    const auto found = text_.find(end, at_ + 1);
    take((found == std::string::npos ? text_.size() : found + (end == "\n" ? 0 : end.size())) -
         at_);
  }

  void take(std::size_t count) {
    for (; count > 0; --count) {
      if (text_[at_++] != '\n') continue;
      ++line_;
      line_is_empty_ = true;
    }
  }

  const std::string& text_;
  File& file_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_is_empty_ = true;
  bool last_was_literal_ = false;
  char last_ = '\0';
  std::string recent_;  // code since the last literal, without space
};

}  // namespace

void scan(const std::string& text, File& file) {
  file.lines = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  Scanner(text, file).run();
}

}  // namespace feedctl::architecture
