#include "base/display_text.hpp"

#include "base/utf8.hpp"

namespace feedctl {

namespace {

// C0, DEL and C1 (which in UTF-8 are C2 80 .. C2 9F).
bool has_control_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f) return true;
    if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0)
      return true;
  }
  return false;
}

std::optional<std::string> validate_length(std::string_view text, std::size_t max_code_points) {
  const auto length = utf8_length(text);
  if (!length) return "must be UTF-8";
  if (*length <= max_code_points) return std::nullopt;
  return "cannot exceed " + std::to_string(max_code_points) + " characters";
}

constexpr const char* blank_message = "must contain a visible character, or be left out";

}  // namespace

std::optional<std::string> validate_name(std::string_view name, std::size_t max_code_points) {
  if (auto fault = validate_length(name, max_code_points)) return fault;
  if (has_control_characters(name)) return "cannot contain control characters";
  if (has_layout_controls(name))
    return "cannot contain line separators or characters that turn the direction of text";
  if (is_blank(name)) return blank_message;
  return std::nullopt;
}

std::optional<std::string> validate_text(std::string_view text, std::size_t max_code_points) {
  if (auto fault = validate_length(text, max_code_points)) return fault;
  if (text.find('\0') != std::string_view::npos) return "cannot contain U+0000";
  if (is_blank(text)) return blank_message;
  return std::nullopt;
}

}  // namespace feedctl
