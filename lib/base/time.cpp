#include "base/time.hpp"

namespace feedctl {

namespace {

// Reads exactly `count` digits.
std::optional<int> parse_digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// Reads ".123" after `at` as microseconds and moves `at` past it; further digits are dropped.
std::optional<std::int64_t> parse_fraction(std::string_view text, std::size_t& at) {
  if (at >= text.size() || text[at] != '.') return 0;
  const std::size_t first = ++at;
  std::int64_t us = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    if (at - first < 6) us = us * 10 + (text[at] - '0');
  }
  if (at == first) return std::nullopt;
  for (std::size_t i = at - first; i < 6; ++i) us *= 10;
  return us;
}

// Reads "Z" or "+02:00", which must end the text.
std::optional<std::chrono::minutes> parse_offset(std::string_view text, std::size_t at) {
  if (at >= text.size()) return std::nullopt;
  if ((text[at] == 'Z' || text[at] == 'z') && at + 1 == text.size()) return std::chrono::minutes{0};
  if ((text[at] != '+' && text[at] != '-') || at + 6 != text.size() || text[at + 3] != ':')
    return std::nullopt;
  const auto h = parse_digits(text, at + 1, 2);
  const auto m = parse_digits(text, at + 4, 2);
  if (!h || !m || *h > 23 || *m > 59) return std::nullopt;
  const std::chrono::minutes d{*h * 60 + *m};
  return text[at] == '-' ? -d : d;
}

// A second 60 is a leap second: the last of a month in UTC, whatever the offset makes of it.
bool is_month_start(Time next) {
  using namespace std::chrono;
  const auto day = floor<days>(next);
  return Time{day} == next && year_month_day{day}.day() == std::chrono::day{1};
}

}  // namespace

std::string rfc3339(Time t) {
  using namespace std::chrono;
  const auto day = floor<days>(t);
  const year_month_day date{day};
  const hh_mm_ss clock{t - day};
  std::string text = "0000-00-00T00:00:00.000000Z";
  const auto put = [&text](std::size_t at, std::size_t count, std::int64_t number) {
    for (auto rest = number; count > 0; rest /= 10)
      text[at + --count] = static_cast<char>('0' + rest % 10);
  };
  put(0, 4, static_cast<int>(date.year()));
  put(5, 2, static_cast<unsigned>(date.month()));
  put(8, 2, static_cast<unsigned>(date.day()));
  put(11, 2, clock.hours().count());
  put(14, 2, clock.minutes().count());
  put(17, 2, clock.seconds().count());
  put(20, 6, clock.subseconds().count());
  if (clock.subseconds().count() == 0) text.erase(19, 7);
  return text;
}

std::optional<Time> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto year_ = parse_digits(text, 0, 4), month_ = parse_digits(text, 5, 2),
             day_ = parse_digits(text, 8, 2);
  const auto hour = parse_digits(text, 11, 2), minute = parse_digits(text, 14, 2),
             second = parse_digits(text, 17, 2);
  if (!year_ || !month_ || !day_ || !hour || !minute || !second) return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') return std::nullopt;
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return std::nullopt;
  const year_month_day date{year{*year_}, month{static_cast<unsigned>(*month_)},
                            day{static_cast<unsigned>(*day_)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  std::size_t at = 19;
  const auto us = parse_fraction(text, at);
  if (!us) return std::nullopt;
  const auto shift = parse_offset(text, at);
  if (!shift) return std::nullopt;
  const auto time = Time{sys_days{date}} + hours{*hour} + minutes{*minute} + seconds{*second} +
                    microseconds{*us} - *shift;
  if (*second == 60 && !is_month_start(time - microseconds{*us})) return std::nullopt;
  // Its offset may take it out of the years that four digits can write.
  if (time < Time{sys_days{year{0} / 1 / 1}} || time >= Time{sys_days{year{10000} / 1 / 1}})
    return std::nullopt;
  return time;
}

}  // namespace feedctl
