#include "imports/character_reference.hpp"

#include <array>
#include <cstdint>
#include <utility>

#include "base/encoding.hpp"

namespace feedctl::imports {
namespace {

constexpr std::size_t max_reference = 12;
constexpr std::uint32_t replacement = 0xfffd;

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 24> names{{
    {"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},     {"apos", '\''},
    {"nbsp", 0xa0},    {"shy", 0xad},     {"copy", 0xa9},    {"reg", 0xae},     {"deg", 0xb0},
    {"laquo", 0xab},   {"raquo", 0xbb},   {"ndash", 0x2013}, {"mdash", 0x2014}, {"lsquo", 0x2018},
    {"rsquo", 0x2019}, {"ldquo", 0x201c}, {"rdquo", 0x201d}, {"bull", 0x2022},  {"hellip", 0x2026},
    {"euro", 0x20ac},  {"trade", 0x2122}, {"zwj", 0x200d},   {"zwnj", 0x200c},
}};

void append_code_point(std::string& out, std::uint32_t c) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    tail(12), tail(6), tail(0);
  }
}

bool is_character(std::uint32_t c) {
  return c != 0 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

// "#38" or "#x26"; false: no number.
bool append_number(std::string& out, std::string_view text) {
  text.remove_prefix(1);
  const bool is_hex = !text.empty() && (text[0] == 'x' || text[0] == 'X');
  if (is_hex) text.remove_prefix(1);
  if (text.empty()) return false;
  std::uint32_t value = 0;
  for (const char c : text) {
    const int digit = hex_value(c);
    if (digit < 0 || (!is_hex && digit > 9)) return false;
    value = value > 0x10ffff ? value : value * (is_hex ? 16 : 10) + static_cast<unsigned>(digit);
  }
  append_code_point(out, is_character(value) ? value : replacement);
  return true;
}

bool append_named(std::string& out, std::string_view name) {
  for (const auto& [known, code_point] : names) {
    if (known != name) continue;
    append_code_point(out, code_point);
    return true;
  }
  return false;
}

}  // namespace

std::size_t append_reference(std::string& out, std::string_view html) {
  const auto end = html.substr(0, max_reference).find(';');
  if (end == std::string_view::npos || end < 2) return 0;
  const auto text = html.substr(1, end - 1);
  const bool is_known = text[0] == '#' ? append_number(out, text) : append_named(out, text);
  return is_known ? end + 1 : 0;
}

}  // namespace feedctl::imports
