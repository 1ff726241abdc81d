#include "blob/xml.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace feedctl::blob {

namespace {

constexpr int max_depth = 16;
constexpr int max_elements = 100'000;
constexpr std::string_view blanks = " \t\r\n";

bool begins_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

// "#38" and "#x26".
std::uint32_t character_of(std::string_view name) {
  const bool is_hex = name.size() > 1 && name[1] == 'x';
  const auto digits = name.substr(is_hex ? 2 : 1);
  std::uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), code, is_hex ? 16 : 10);
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (error != std::errc{} || end != digits.data() + digits.size() || code == 0 ||
      code > 0x10ffff || is_surrogate)
    throw XmlError("a character by number is not valid");
  return code;
}

void append_entity(std::string& out, std::string_view name) {
  if (!name.empty() && name[0] == '#') return append_utf8(out, character_of(name));
  constexpr std::pair<std::string_view, char> known[] = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [entity, character] : known) {
    if (entity == name) {
      out += character;
      return;
    }
  }
  throw XmlError("an entity is not known");
}

void append_text(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto mark = std::min(text.find('&'), text.size());
    out.append(text.substr(0, mark));
    text.remove_prefix(mark);
    if (text.empty()) return;
    const auto end = text.find(';');
    if (end == std::string_view::npos) throw XmlError("an entity has no end");
    append_entity(out, text.substr(1, end - 1));
    text.remove_prefix(end + 1);
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  XmlElement run() {
    if (begins_with(rest_, "\xef\xbb\xbf")) rest_.remove_prefix(3);
    skip_misc();
    auto root = read_element(1);
    skip_misc();
    if (!rest_.empty()) throw XmlError("something follows the document");
    return root;
  }

 private:
  std::string_view take_until(std::string_view end) {
    const auto at = rest_.find(end);
    if (at == std::string_view::npos) throw XmlError("the document is truncated");
    const auto taken = rest_.substr(0, at);
    rest_.remove_prefix(at + end.size());
    return taken;
  }

  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
  }

  // A comment or a processing instruction.
  bool skip_markup() {
    if (begins_with(rest_, "<!--")) {
      take_until("-->");
    } else if (begins_with(rest_, "<?")) {
      take_until("?>");
    } else {
      return false;
    }
    return true;
  }

  void skip_misc() {
    do {
      skip_blanks();
    } while (skip_markup());
  }

  // The end of the tag: a > outside of the values of attributes.
  std::string_view take_tag() {
    char quote = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      const char c = rest_[i];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '<') {
        break;
      } else if (c == '>') {
        const auto tag = rest_.substr(0, i);
        rest_.remove_prefix(i + 1);
        return tag;
      }
    }
    throw XmlError("a tag has no end");
  }

  static std::string name_of(std::string_view tag) {
    auto name = tag.substr(0, tag.find_first_of(blanks));
    const auto prefix = name.find(':');
    if (prefix != std::string_view::npos) name.remove_prefix(prefix + 1);
    const auto is_name_character = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-' || c == '.';
    };
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_character))
      throw XmlError("an element has no valid name");
    return std::string(name);
  }

  XmlElement read_element(int depth) {
    if (depth > max_depth || ++count_ > max_elements) throw XmlError("the document is too large");
    if (!begins_with(rest_, "<")) throw XmlError("an element is missing");
    rest_.remove_prefix(1);
    auto tag = take_tag();
    const bool is_empty = !tag.empty() && tag.back() == '/';
    if (is_empty) tag.remove_suffix(1);
    XmlElement element{name_of(tag), "", {}};
    if (!is_empty) read_content(element, depth);
    return element;
  }

  void read_content(XmlElement& element, int depth) {
    for (;;) {
      const auto mark = rest_.find('<');
      if (mark == std::string_view::npos) throw XmlError("the document is truncated");
      append_text(element.text, rest_.substr(0, mark));
      rest_.remove_prefix(mark);
      if (begins_with(rest_, "</")) return read_end(element);
      if (begins_with(rest_, "<![CDATA[")) {
        rest_.remove_prefix(9);
        element.text.append(take_until("]]>"));
      } else if (!skip_markup()) {
        element.children.push_back(read_element(depth + 1));
      }
    }
  }

  void read_end(const XmlElement& element) {
    rest_.remove_prefix(2);
    if (name_of(take_tag()) != element.name) throw XmlError("the tags do not match");
  }

  std::string_view rest_;
  int count_ = 0;
};

}  // namespace

const XmlElement* XmlElement::find(std::string_view wanted) const {
  for (const auto& child : children) {
    if (child.name == wanted) return &child;
  }
  return nullptr;
}

std::string_view XmlElement::text_of(std::string_view wanted) const {
  const auto* child = find(wanted);
  return child == nullptr ? std::string_view{} : std::string_view(child->text);
}

XmlElement parse_xml(std::string_view text) {
  return Parser(text).run();
}

}  // namespace feedctl::blob
