#include "http_client/server_time.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace feedctl::http_client {

namespace {

using std::chrono::seconds;

constexpr std::string_view date_form = "ddd, 00 mmm 0000 00:00:00 GMT";
constexpr seconds max_age{366 * 86400};

bool has_date_form(std::string_view text) {
  if (text.size() != date_form.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char form = date_form[i], c = text[i];
    const bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const bool fits = form == '0'                  ? c >= '0' && c <= '9'
                      : form == 'd' || form == 'm' ? is_letter
                                                   : c == form;
    if (!fits) return false;
  }
  return true;
}

// Of digits only.
unsigned to_number(std::string_view digits) {
  unsigned number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

unsigned month_number(std::string_view name) {
  constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (unsigned i = 0; i < names.size(); ++i) {
    if (names[i] == name) return i + 1;
  }
  return 0;  // no month of a calendar
}

seconds age_of(const Response& response) {
  const auto text = response.header("age");
  std::int64_t age = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), age);
  const bool is_valid = error == std::errc{} && end == text.data() + text.size();
  return is_valid && age >= 0 && age <= max_age.count() ? seconds{age} : seconds{0};
}

}  // namespace

std::optional<Time> parse_http_date(std::string_view text) {
  using namespace std::chrono;
  if (!has_date_form(text)) return std::nullopt;
  const year_month_day date{year{static_cast<int>(to_number(text.substr(12, 4)))},
                            month{month_number(text.substr(8, 3))},
                            day{to_number(text.substr(5, 2))}};
  const auto hour = to_number(text.substr(17, 2)), minute = to_number(text.substr(20, 2)),
             second = to_number(text.substr(23, 2));
  // 60 is a leap second.
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return Time{sys_days{date}} + hours{hour} + minutes{minute} + seconds{second};
}

std::optional<Time> server_time(const Response& response) {
  const auto date = parse_http_date(response.header("date"));
  if (!date) return std::nullopt;
  return *date + age_of(response);
}

}  // namespace feedctl::http_client
