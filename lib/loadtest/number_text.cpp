#include "loadtest/number_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "base/group_digits.hpp"
#include "base/utf8.hpp"

namespace feedctl::loadtest {

namespace {

// Three significant digits for values below 1000.
std::string significant_text(double value) {
  return fixed_text(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

bool is_control(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (first < 0x20 || first == 0x7f) return true;
  // U+0080 to U+009F: terminals obey them like escape sequences.
  return first == 0xc2 && static_cast<unsigned char>(sequence[1]) < 0xa0;
}

// The well-formed UTF-8 sequence at the front of `text`; "": there is none.
std::string_view first_sequence(std::string_view text) {
  for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length) {
    if (utf8_length(text.substr(0, length)) == 1) return text.substr(0, length);
  }
  return {};
}

std::string with_unit(std::int64_t value, std::string_view unit) {
  return std::to_string(value) + " " + std::string(unit);
}

}  // namespace

std::string fixed_text(double value, int decimals) {
  if (!std::isfinite(value)) return "-";
  const bool is_huge = std::abs(value) >= 1e15;
  std::array<char, 64> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                    is_huge ? std::chars_format::scientific : std::chars_format::fixed, decimals);
  return {buffer.data(), end.ptr};
}

std::string latency_text(double us) {
  if (!std::isfinite(us)) return "-";
  if (us < 999.5) return fixed_text(us, 0) + " us";
  if (us < 999'500) return significant_text(us / 1e3) + " ms";
  return significant_text(us / 1e6) + " s";
}

std::string count_text(std::uint64_t count) {
  return group_digits(std::to_string(count));
}

std::string rate_text(double per_second) {
  if (!std::isfinite(per_second) || per_second < 999.95) return fixed_text(per_second, 1);
  return per_second < 1e15 ? count_text(static_cast<std::uint64_t>(std::llround(per_second)))
                           : fixed_text(per_second, 0);
}

std::string percent_text(double fraction) {
  const double percent = fraction * 100;
  if (percent > 0 && percent < 0.0005) return "< 0.001 %";
  if (percent == 0) return "0 %";
  return fixed_text(percent, percent < 0.1 ? 3 : percent < 10 ? 2 : 1) + " %";
}

std::string change_text(double fraction) {
  const double percent = fraction * 100;
  if (!std::isfinite(percent)) return "-";
  return (percent > 0 ? "+" : "") + fixed_text(percent, std::abs(percent) < 100 ? 1 : 0) + " %";
}

std::string duration_text(std::chrono::milliseconds duration) {
  const auto ms = duration.count();
  if (ms < 10'000 && ms % 1000 != 0) return fixed_text(static_cast<double>(ms) / 1000, 1) + " s";
  const auto seconds = (ms + 500) / 1000;
  if (seconds < 120) return with_unit(seconds, "s");
  if (seconds < 3600) {
    const auto rest = seconds % 60 == 0 ? "" : " " + with_unit(seconds % 60, "s");
    return with_unit(seconds / 60, "min") + rest;
  }
  const auto rest = seconds % 3600 < 60 ? "" : " " + with_unit(seconds % 3600 / 60, "min");
  return with_unit(seconds / 3600, "h") + rest;
}

std::string bytes_text(double bytes) {
  static constexpr std::array<const char*, 5> units{" B", " KiB", " MiB", " GiB", " TiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < units.size(); ++unit) bytes /= 1024;
  return (unit == 0 ? fixed_text(bytes, 0) : significant_text(bytes)) + units[unit];
}

std::string printable_text(std::string_view text, std::size_t max_bytes) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto sequence = first_sequence(text.substr(at));
    if (out.size() + sequence.size() > max_bytes) return out + "...";
    if (sequence.empty() || is_control(sequence))
      out += '?';
    else
      out += sequence;
    at += sequence.empty() ? 1 : sequence.size();
  }
  return out;
}

}  // namespace feedctl::loadtest
