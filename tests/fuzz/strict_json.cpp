#include "fuzz/strict_json.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <set>

namespace feedctl::fuzz {
namespace {

struct Malformed {};

class Reader {
 public:
  Reader(std::string_view text, int max_depth) : rest_(text), depth_left_(max_depth) {}

  std::string document() {
    auto value = this->value();
    blanks();
    if (!rest_.empty()) throw Malformed{};
    return value;
  }

 private:
  char peek() const {
    if (rest_.empty()) throw Malformed{};
    return rest_.front();
  }
  char next() {
    const char c = peek();
    rest_.remove_prefix(1);
    return c;
  }
  bool skip(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!skip(c)) throw Malformed{};
  }
  void blanks() {
    while (skip(' ') || skip('\t') || skip('\n') || skip('\r')) {
    }
  }

  std::string value() {
    blanks();
    switch (peek()) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return canonical(std::string_view(text()));
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  std::string word(std::string_view word) {
    if (rest_.substr(0, word.size()) != word) throw Malformed{};
    rest_.remove_prefix(word.size());
    return std::string(word);
  }

  void enter() {
    if (depth_left_-- == 0) throw Malformed{};
  }

  std::string object() {
    enter();
    expect('{');
    std::string out = "{";
    std::set<std::string> keys;
    blanks();
    if (!skip('}')) {
      do {
        blanks();
        const auto key = text();
        if (!keys.insert(key).second) throw Malformed{};
        blanks();
        expect(':');
        out += canonical(std::string_view(key)) + value();
        blanks();
      } while (skip(','));
      expect('}');
    }
    ++depth_left_;
    return out + "}";
  }

  std::string array() {
    enter();
    expect('[');
    std::string out = "[";
    blanks();
    if (!skip(']')) {
      do {
        out += value() + ";";
        blanks();
      } while (skip(','));
      expect(']');
    }
    ++depth_left_;
    return out + "]";
  }

  std::size_t digits() {
    std::size_t count = 0;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; ++count) next();
    return count;
  }

  std::string number() {
    const auto begin = rest_;
    skip('-');
    const bool zero = !rest_.empty() && rest_.front() == '0';
    const auto count = digits();
    if (count == 0 || (zero && count > 1)) throw Malformed{};
    bool integer = true;
    if (skip('.')) {
      integer = false;
      if (digits() == 0) throw Malformed{};
    }
    if (skip('e') || skip('E')) {
      integer = false;
      if (!skip('+')) skip('-');
      if (digits() == 0) throw Malformed{};
    }
    const std::string text(begin.substr(0, begin.size() - rest_.size()));
    return integer ? whole(text) : real(text);
  }

  static std::string whole(const std::string& text) {
    // By hand, since the other reader uses the library.
    const bool negative = text.front() == '-';
    std::uint64_t size = 0;
    for (const char c : text.substr(negative ? 1 : 0)) {
      const auto digit = static_cast<std::uint64_t>(c - '0');
      if (size > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) return real(text);
      size = size * 10 + digit;
    }
    const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (size > most + (negative ? 1 : 0)) return real(text);
    return "i" + std::string(negative && size != 0 ? "-" : "") + std::to_string(size);
  }

  static std::string real(const std::string& text) {
    const double value = std::strtod(text.c_str(), nullptr);
    if (!std::isfinite(value)) throw Malformed{};
    return canonical(value);
  }

  unsigned hex4() {
    unsigned unit = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = next();
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) throw Malformed{};
      unit = unit * 16 + static_cast<unsigned>(digit);
    }
    return unit;
  }

  static void append_utf8(std::string& out, unsigned point) {
    const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
    if (point < 0x80) return put(point);
    if (point < 0x800) {
      put(0xc0 | point >> 6);
    } else {
      if (point < 0x10000) {
        put(0xe0 | point >> 12);
      } else {
        put(0xf0 | point >> 18);
        put(0x80 | (point >> 12 & 0x3f));
      }
      put(0x80 | (point >> 6 & 0x3f));
    }
    put(0x80 | (point & 0x3f));
  }

  void escape(std::string& out) {
    constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    const char c = next();
    if (c != 'u') {
      const auto at = letters.find(c);
      if (at == std::string_view::npos) throw Malformed{};
      out += meanings[at];
      return;
    }
    const auto unit = hex4();
    if (unit < 0xd800 || unit > 0xdfff) return append_utf8(out, unit);
    if (unit > 0xdbff) throw Malformed{};
    expect('\\');
    expect('u');
    const auto low = hex4();
    if (low < 0xdc00 || low > 0xdfff) throw Malformed{};
    append_utf8(out, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
  }

  // One code point of two to four bytes, in its shortest form and no surrogate.
  void sequence(std::string& out, unsigned char lead) {
    const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc0 || lead > 0xf7) throw Malformed{};
    unsigned point = lead & (0x3fU >> more);
    for (int i = 0; i < more; ++i) {
      const auto byte = static_cast<unsigned char>(next());
      if ((byte & 0xc0) != 0x80) throw Malformed{};
      point = point << 6 | (byte & 0x3f);
    }
    const unsigned least = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
      throw Malformed{};
    append_utf8(out, point);
  }

  std::string text() {
    expect('"');
    std::string out;
    for (;;) {
      const auto c = static_cast<unsigned char>(next());
      if (c == '"') return out;
      if (c < 0x20) throw Malformed{};
      if (c == '\\')
        escape(out);
      else if (c < 0x80)
        out += static_cast<char>(c);
      else
        sequence(out, c);
    }
  }

  std::string_view rest_;
  int depth_left_;
};

}  // namespace

std::optional<std::string> strict_json(std::string_view text, int max_depth) {
  try {
    return Reader(text, max_depth).document();
  } catch (const Malformed&) {
    return std::nullopt;
  }
}

std::string canonical(double number) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "d%a", number);
  return buffer;
}

std::string canonical(std::string_view text) {
  return "s" + std::to_string(text.size()) + ":" + std::string(text);
}

}  // namespace feedctl::fuzz
