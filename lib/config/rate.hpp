#pragma once
// A rate of requests, "300/1m burst 60": on average at most 300 a minute, and at most 60 at once.
// "off" is no limit. A plain value; the functions are pure.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace feedctl::config {

struct Rate {
  std::int64_t count = 0;  // in a period; 0: no limit
  std::chrono::milliseconds period{0};
  std::int64_t burst = 0;

  bool is_off() const { return count == 0; }
};

// Without "burst" all requests of a period may come at once. The string is what is wrong with the
// text, as "expects a rate such as ..".
std::variant<Rate, std::string> parse_rate(std::string_view text);
std::string format_rate(const Rate& rate);

}  // namespace feedctl::config
