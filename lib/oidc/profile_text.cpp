#include "oidc/profile_text.hpp"

#include <algorithm>

namespace feedctl::oidc {

namespace {

constexpr std::size_t max_text_size = 256;

}  // namespace

std::string profile_text(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  if (value == nullptr || value->text() == nullptr) return "";
  const auto& text = *value->text();
  return text.size() > max_text_size || has_control_character(text) ? "" : text;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
}

}  // namespace feedctl::oidc
