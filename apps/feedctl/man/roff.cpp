#include "feedctl/man/roff.hpp"

#include "feedctl/build.hpp"

namespace feedctl::cli {

namespace {

constexpr std::size_t max_line = 78;

// A long list without spaces may break after its commas.
std::string breakable(std::string_view word) {
  std::string out;
  for (const char c : word) {
    out += c;
    if (c == ',' && word.size() > max_line / 2) out += "\\:";
  }
  return out;
}

// A line that begins with . or ' would be a request.
std::string protected_line(std::string line) {
  if (!line.empty() && (line[0] == '.' || line[0] == '\'')) line.insert(0, "\\&");
  return line;
}

}  // namespace

std::string roff_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '"':
        out += "\\(dq";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string roff_bold(std::string_view text) {
  return "\\fB" + roff_escaped(text) + "\\fR";
}

std::string roff_italic(std::string_view text) {
  return "\\fI" + roff_escaped(text) + "\\fR";
}

std::string roff_text(std::string_view text) {
  std::string out;
  for (bool is_code = false;; is_code = !is_code) {
    const auto end = text.find('`');
    const auto part = text.substr(0, end);
    out += is_code ? roff_bold(part) : roff_escaped(part);
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

RoffPage::RoffPage(const ManHeading& heading) {
  text_ = ".\\\" Made by `feedctl man`; change the table of commands or of options instead.\n";
  std::string title = heading.name;
  for (char& c : title) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  line(".TH " + roff_escaped(title) + " " + heading.section +
       " \"" FEEDCTL_COMMIT_DATE "\" \"feedctl " FEEDCTL_VERSION "\" \"feedctl\"");
  // Neither hyphenated nor justified: words are mostly names to be typed.
  line(".nh").line(".ad l");
  section("NAME");
  wrapped(roff_escaped(heading.name) + " \\- " + roff_escaped(heading.summary));
}

RoffPage& RoffPage::section(std::string_view title) {
  return line(".SH " + roff_escaped(title));
}

RoffPage& RoffPage::subsection(std::string_view title) {
  return line(".SS " + roff_escaped(title));
}

RoffPage& RoffPage::paragraphs(std::string_view text) {
  // The first one after a heading needs no break, and mandoc says so.
  const auto last = text_.rfind('\n', text_.size() - 2) + 1;
  bool is_first = text_.compare(last, 3, ".SH") == 0 || text_.compare(last, 3, ".SS") == 0;
  while (!text.empty()) {
    const auto end = text.find("\n\n");
    if (!is_first) line(".PP");
    is_first = false;
    wrapped(roff_text(text.substr(0, end)));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 2);
  }
  return *this;
}

RoffPage& RoffPage::item(std::string_view roff_term, std::string_view text) {
  line(".TP").line(protected_line(std::string(roff_term)));
  wrapped(roff_text(text));
  return *this;
}

RoffPage& RoffPage::verbatim(std::string_view text) {
  line(".PP").line(".RS 4").line(".nf");
  while (!text.empty()) {
    const auto end = text.find('\n');
    line(protected_line(roff_escaped(text.substr(0, end))));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return line(".fi").line(".RE");
}

RoffPage& RoffPage::line(std::string_view roff) {
  text_.append(roff).append("\n");
  return *this;
}

void RoffPage::wrapped(std::string_view roff) {
  std::string current;
  while (!roff.empty()) {
    const auto space = roff.find_first_of(" \n");
    const auto word = roff.substr(0, space);
    if (!current.empty() && current.size() + 1 + word.size() > max_line) {
      line(protected_line(current));
      current.clear();
    }
    if (!word.empty()) current.append(current.empty() ? "" : " ").append(breakable(word));
    roff = space == std::string_view::npos ? std::string_view{} : roff.substr(space + 1);
  }
  if (!current.empty()) line(protected_line(current));
}

}  // namespace feedctl::cli
