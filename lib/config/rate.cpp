#include "config/rate.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "config/units.hpp"

namespace feedctl::config {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t max_per_second = 10'000;
constexpr std::int64_t max_burst = 100'000;
constexpr milliseconds min_period = std::chrono::seconds{1};
constexpr milliseconds max_period = std::chrono::hours{24};
// A counter is kept for as long as a whole burst takes to be allowed again.
constexpr milliseconds max_refill = std::chrono::hours{7 * 24};
constexpr std::string_view burst_word = " burst ";

// Digits alone, without a sign.
std::optional<std::int64_t> parse_count(std::string_view text) {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value < 0) return std::nullopt;
  return value;
}

std::string check(const Rate& rate, std::string_view text) {
  const auto not_this = ", not \"" + std::string(text) + "\"";
  if (rate.count == 0) return "must allow at least 1 request; off is no limit";
  if (rate.period < min_period || rate.period > max_period || rate.period.count() % 1000 != 0)
    return "must count by a period of whole seconds, from " + format_duration(min_period) + " to " +
           format_duration(max_period) + not_this;
  if (rate.count > max_per_second * (rate.period.count() / 1000))
    return "must allow at most " + std::to_string(max_per_second) +
           " requests a second; off is no limit";
  if (rate.burst < 1 || rate.burst > max_burst)
    return "must have a burst from 1 to " + std::to_string(max_burst) + not_this;
  if (rate.burst > max_refill / rate.period * rate.count)
    return "has a burst that takes more than " + format_duration(max_refill) +
           " to be allowed again; make it smaller";
  return "";
}

}  // namespace

std::variant<Rate, std::string> parse_rate(std::string_view text) {
  if (text == "off") return Rate{};
  const auto malformed =
      "expects a rate such as \"300/1m burst 60\", or off, not \"" + std::string(text) + "\"";
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return malformed;
  const auto burst_at = std::min(text.find(burst_word, slash), text.size());
  const auto count = parse_count(text.substr(0, slash));
  const auto period = parse_duration(text.substr(slash + 1, burst_at - slash - 1));
  auto burst = count;
  if (burst_at < text.size()) burst = parse_count(text.substr(burst_at + burst_word.size()));
  if (!count || !period || !burst) return malformed;
  const Rate rate{*count, *period, *burst};
  if (auto wrong = check(rate, text); !wrong.empty()) return wrong;
  return rate;
}

std::string format_rate(const Rate& rate) {
  if (rate.is_off()) return "off";
  return std::to_string(rate.count) + "/" + format_duration(rate.period) + " burst " +
         std::to_string(rate.burst);
}

}  // namespace feedctl::config
