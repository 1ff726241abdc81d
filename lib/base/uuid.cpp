#include "base/uuid.hpp"

#include "base/encoding.hpp"

namespace feedctl {

namespace {

constexpr std::size_t text_size = 36;

bool is_dash_position(std::size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

int lowercase_hex_value(char c) {
  return c >= 'A' && c <= 'F' ? -1 : hex_value(c);
}

}  // namespace

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != text_size) return std::nullopt;
  Uuid uuid;
  std::size_t at = 0;
  for (auto& byte : uuid.bytes) {
    if (is_dash_position(at) && text[at++] != '-') return std::nullopt;
    const int high = lowercase_hex_value(text[at]), low = lowercase_hex_value(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    byte = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
  }
  return uuid;
}

std::string to_string(const Uuid& uuid) {
  std::string text;
  text.reserve(text_size);
  for (const auto byte : uuid.bytes) {
    if (is_dash_position(text.size())) text += '-';
    append_hex_byte(text, byte);
  }
  return text;
}

}  // namespace feedctl
