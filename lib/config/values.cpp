#include "config/values.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

namespace feedctl::config {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 5> durations{
    {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 4> sizes{
    {{"GiB", 1u << 30}, {"MiB", 1u << 20}, {"KiB", 1u << 10}, {"B", 1}}};

template <std::size_t N>
std::optional<std::uint64_t> parse(std::string_view text, const std::array<Unit, N>& units,
                                   std::string_view bare) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.empty()) {
    // A bare 0 needs no unit.
    if (number != 0 && bare.empty()) return std::nullopt;
    unit = bare.empty() ? units.back().name : bare;
  }
  for (const auto& u : units) {
    if (u.name != unit) continue;
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / u.factor)
      return std::nullopt;
    return number * u.factor;
  }
  return std::nullopt;
}

template <std::size_t N>
std::string format(std::uint64_t value, const std::array<Unit, N>& units, std::string_view zero) {
  if (value == 0) return std::string(zero);
  for (const auto& u : units) {
    if (value % u.factor == 0) return std::to_string(value / u.factor).append(u.name);
  }
  return std::to_string(value);
}

// The user:password part of a URL ends at the last @ before the path.
std::string redact_authority(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const auto begin = scheme + 3;
  const auto path = url.find_first_of("/?#", begin);
  const auto at = url.substr(0, path).rfind('@');
  if (at == std::string_view::npos || at < begin) return std::string(url);
  const auto colon = url.find(':', begin);
  if (colon == std::string_view::npos || colon > at) return std::string(url);
  return std::string(url.substr(0, colon + 1)).append("****").append(url.substr(at));
}

// password=.. in a query or in a key=value string, quoted or not.
std::string redact_parameter(std::string text) {
  for (std::size_t from = 0;;) {
    const auto found = text.find("password", from);
    if (found == std::string::npos) return text;
    auto value = text.find_first_not_of(' ', found + 8);
    if (value == std::string::npos || text[value] != '=') {
      from = found + 8;
      continue;
    }
    value = text.find_first_not_of(' ', value + 1);
    if (value == std::string::npos) return text;
    std::size_t end = value;
    if (text[value] == '\'') {
      end = value + 1;
      while (end < text.size() && text[end] != '\'') end += text[end] == '\\' ? 2 : 1;
      end = end < text.size() ? end + 1 : text.size();
    } else {
      while (end < text.size() && text[end] != ' ' && text[end] != '&') ++end;
    }
    text.replace(value, end - value, "****");
    from = value + 4;
  }
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto value = parse(text, durations, "");
  if (!value) return std::nullopt;
  return std::chrono::milliseconds{static_cast<std::int64_t>(*value)};
}

std::string format_duration(std::chrono::milliseconds duration) {
  return format(static_cast<std::uint64_t>(duration.count()), durations, "0s");
}

std::optional<std::size_t> parse_size(std::string_view text) {
  const auto value = parse(text, sizes, "B");
  if (!value) return std::nullopt;
  return static_cast<std::size_t>(*value);
}

std::string format_size(std::size_t bytes) {
  return format(bytes, sizes, "0");
}

std::string redact_url(std::string_view url) {
  return redact_parameter(redact_authority(url));
}

}  // namespace feedctl::config
