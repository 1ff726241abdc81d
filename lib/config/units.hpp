#pragma once
// Text forms of durations, sizes and shares: "500ms", "60s", "5m", "1h", "30d"; "256KiB", "5MiB",
// "100".
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace feedctl::config {

// Longer durations count as this: now plus a hundred years fits every clock.
inline constexpr std::chrono::milliseconds max_duration = std::chrono::hours{24 * 36500};
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds duration);

// Larger sizes count as this.
inline constexpr std::size_t max_size = std::size_t{1} << 62;
std::optional<std::size_t> parse_size(std::string_view text);
std::string format_size(std::size_t bytes);

// "1%", "0.1%": a share, 0..1.
std::optional<double> parse_percent(std::string_view text);

// A URL or libpq key=value string with its password replaced by "****".
std::string redact_url(std::string_view url);

}  // namespace feedctl::config
