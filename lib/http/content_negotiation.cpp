#include "http/content_negotiation.hpp"

#include <algorithm>

namespace feedctl::http {

int parse_qvalue(std::string_view text) {
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

// The first q counts.
int parse_weight(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto parameter = take_until(';', parameters);
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    if (!equals_ignore_case(trimmed(parameter.substr(0, equals)), "q")) continue;
    return parse_qvalue(trimmed(parameter.substr(equals + 1)));
  }
  return full_quality;
}

namespace {

// The position after the quoted string at `at`; `at` itself where the string has no end.
std::size_t skip_quoted(std::string_view text, std::size_t at) {
  for (auto end = at + 1; end < text.size(); ++end) {
    if (text[end] == '"') return end + 1;
    if (text[end] == '\\') ++end;
  }
  return at;
}

// How closely a media range names a type: 3 exactly, 2 by its main type, 1 as */*, 0 not at all.
int specificity(std::string_view range, std::string_view type) {
  if (range == "*/*") return 1;
  const auto slash = range.find('/');
  if (slash != std::string_view::npos && range.substr(slash) == "/*") {
    return equals_ignore_case(type.substr(0, slash + 1), range.substr(0, slash + 1)) ? 2 : 0;
  }
  return equals_ignore_case(range, type) ? 3 : 0;
}

}  // namespace

std::string_view take_until(char separator, std::string_view& text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] != separator) {
    at = std::max(text[at] == '"' ? skip_quoted(text, at) : at, at + 1);
  }
  const auto taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

std::string_view media_type(std::string_view content_type) {
  return trimmed(content_type.substr(0, content_type.find(';')));
}

int quality_of(std::string_view accept, std::string_view content_type) {
  if (accept.find('/') == std::string_view::npos) return full_quality;
  const auto type = media_type(content_type);
  int closest = 0;
  int quality = 0;
  for_each_preference(accept, [&](std::string_view range, int q) {
    const int match = specificity(range, type);
    if (match == 0 || match < closest) return;
    if (q == malformed_quality) q = full_quality;
    quality = match == closest ? std::max(quality, q) : q;
    closest = match;
  });
  return quality;
}

bool accepts(std::string_view accept, std::string_view content_type) {
  if (accept == "*/*" || accept == content_type) return true;
  return quality_of(accept, content_type) > 0;
}

}  // namespace feedctl::http
