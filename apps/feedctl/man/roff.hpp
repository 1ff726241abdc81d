#pragma once
// A page of the manual in roff, with the macros of man(7). Text is escaped; `..` in backquotes
// becomes bold. Plain functions and a builder for one thread.
#include <string>
#include <string_view>

namespace feedctl::cli {

struct ManHeading {
  std::string name;  // "feedctl-migrate-up"
  std::string section;
  std::string summary;  // one sentence, no full stop
};

// Text that roff prints as it stands, with plain hyphens and quotes.
std::string roff_escaped(std::string_view text);
std::string roff_bold(std::string_view text);
std::string roff_italic(std::string_view text);
// The text with what stands in backquotes in bold.
std::string roff_text(std::string_view text);

class RoffPage {
 public:
  explicit RoffPage(const ManHeading& heading);

  RoffPage& section(std::string_view title);
  RoffPage& subsection(std::string_view title);
  // Paragraphs of `text` are separated by an empty line.
  RoffPage& paragraphs(std::string_view text);
  // A term in roff, such as roff_bold("--all"), and what it means.
  RoffPage& item(std::string_view roff_term, std::string_view text);
  // Lines that keep their form.
  RoffPage& verbatim(std::string_view text);
  // A line of roff, such as a synopsis.
  RoffPage& line(std::string_view roff);

  const std::string& text() const { return text_; }

 private:
  void wrapped(std::string_view roff);

  std::string text_;
};

}  // namespace feedctl::cli
