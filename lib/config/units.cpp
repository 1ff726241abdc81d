#include "config/units.hpp"

#include <algorithm>
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

// A larger value counts as `max_value`.
template <std::size_t N>
std::optional<std::uint64_t> parse(std::string_view text, const std::array<Unit, N>& units,
                                   std::string_view bare, std::uint64_t max_value) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::invalid_argument) return std::nullopt;
  if (error != std::errc{}) number = max_value;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.empty()) {
    // A bare 0 needs no unit.
    if (number != 0 && bare.empty()) return std::nullopt;
    unit = bare.empty() ? units.back().name : bare;
  }
  for (const auto& u : units) {
    if (u.name == unit) return number > max_value / u.factor ? max_value : number * u.factor;
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

constexpr std::string_view redacted_text = "****";
constexpr std::string_view blanks = " \t\r\n\f\v";

bool is_url(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos || scheme == 0) return false;
  return text.substr(0, scheme).find_first_of("= '\"\\\t\n") == std::string_view::npos;
}

// Drivers accept '/', '?' and '#' within a password, so this takes the last @ as its end. It may
// redact too much, but never too little.
std::string redact_authority(std::string_view url) {
  const auto begin = url.find("://") + 3;
  const auto at = url.rfind('@');
  if (at == std::string_view::npos || at < begin) return std::string(url);
  const auto colon = url.find(':', begin);
  if (colon == std::string_view::npos || colon > at) return std::string(url);
  return std::string(url.substr(0, colon + 1)).append(redacted_text).append(url.substr(at));
}

// password=.. behind the ?; a name may be written with %xx.
std::string redact_query(const std::string& url) {
  const auto mark = url.find('?');
  if (mark == std::string::npos) return url;
  std::string out = url.substr(0, mark);
  for (std::size_t at = mark; at < url.size();) {
    const auto end = std::min(url.find('&', at + 1), url.size());
    const auto equals = std::min(url.find('=', at), end);
    const auto name = std::string_view(url).substr(at, equals - at);
    const bool secret =
        name.find("password") != std::string_view::npos || name.find('%') != std::string_view::npos;
    out.append(name);
    if (equals < end) out.append(secret ? "=****" : url.substr(equals, end - equals));
    at = end;
  }
  return out;
}

// The end of a value as libpq reads one: quoted or up to a blank, with backslashes.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  const bool quoted = at < text.size() && text[at] == '\'';
  if (quoted) ++at;
  for (; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (quoted ? text[at] == '\'' : blanks.find(text[at]) != std::string_view::npos)
      return quoted ? at + 1 : at;
  }
  return text.size();
}

// The key=value form. Text that cannot be parsed and may hold a password is redacted as a whole.
std::string redact_conninfo(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto name = text.find_first_not_of(blanks, at);
    const auto equals = text.find('=', at);
    if (name == std::string_view::npos || equals == std::string_view::npos) break;
    const auto blank = text.find_first_of(blanks, name);
    if (blank < equals && text.find_first_not_of(blanks, blank) != equals) break;  // two words
    const auto value = std::min(text.find_first_not_of(blanks, equals + 1), text.size());
    const auto end = end_of_value(text, value);
    const bool secret = text.substr(name, equals - name).find("password") != std::string_view::npos;
    out.append(text.substr(at, value - at))
        .append(secret ? redacted_text : text.substr(value, end - value));
    at = end;
  }
  const auto rest = text.substr(at);
  const bool may_hold = rest.find("password") != std::string_view::npos;
  return out.append(may_hold ? redacted_text : rest);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto value = parse(text, durations, "", static_cast<std::uint64_t>(max_duration.count()));
  if (!value) return std::nullopt;
  return std::chrono::milliseconds{static_cast<std::int64_t>(*value)};
}

std::string format_duration(std::chrono::milliseconds duration) {
  return format(static_cast<std::uint64_t>(duration.count()), durations, "0s");
}

std::optional<std::size_t> parse_size(std::string_view text) {
  const auto value = parse(text, sizes, "B", max_size);
  if (!value) return std::nullopt;
  return static_cast<std::size_t>(*value);
}

std::string format_size(std::size_t bytes) {
  return format(bytes, sizes, "0");
}

std::optional<double> parse_percent(std::string_view text) {
  if (text.empty() || text.back() != '%') return std::nullopt;
  double percent = -1;
  const auto* end = text.data() + text.size() - 1;
  const auto [stop, error] = std::from_chars(text.data(), end, percent, std::chars_format::fixed);
  if (error != std::errc{} || stop != end || !(percent >= 0 && percent <= 100)) return std::nullopt;
  return percent / 100;
}

std::string redact_url(std::string_view url) {
  return is_url(url) ? redact_query(redact_authority(url)) : redact_conninfo(url);
}

}  // namespace feedctl::config
