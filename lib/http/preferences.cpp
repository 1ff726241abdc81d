#include "http/preferences.hpp"

#include <algorithm>

namespace feedctl::http {

int quality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1'))
    return malformed_quality;
  if (text.size() > 1 && text[1] != '.') return malformed_quality;
  int value = (text[0] - '0') * full_quality;
  int unit = full_quality / 10;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return malformed_quality;
    value += (c - '0') * unit;
    unit /= 10;
  }
  return value <= full_quality ? value : malformed_quality;
}

// The first counts, as it does for everybody who reads a weight.
int quality_among(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto parameter = take_up_to(';', parameters);
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    if (!same_word(trimmed(parameter.substr(0, equals)), "q")) continue;
    return quality(trimmed(parameter.substr(equals + 1)));
  }
  return full_quality;
}

namespace {

// Behind the quoted string that begins at `at`; `at` itself where it has no end.
std::size_t behind_quoted(std::string_view text, std::size_t at) {
  for (auto end = at + 1; end < text.size(); ++end) {
    if (text[end] == '"') return end + 1;
    if (text[end] == '\\') ++end;
  }
  return at;
}

}  // namespace

std::string_view take_up_to(char separator, std::string_view& text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] != separator) {
    at = std::max(text[at] == '"' ? behind_quoted(text, at) : at, at + 1);
  }
  const auto taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

}  // namespace feedctl::http
