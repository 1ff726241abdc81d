#include "feedctl/count_parser.hpp"

#include <cstdint>

#include "base/error.hpp"

namespace feedctl::cli {

namespace {

constexpr std::uint64_t max_count = 10'000'000'000;

std::uint64_t factor_of(char c) {
  if (c == 'k' || c == 'K') return 1'000;
  if (c == 'M' || c == 'm') return 1'000'000;
  return 0;
}

}  // namespace

std::size_t parse_count(const std::string& option, const std::string& text) {
  const auto refuse = [&] {
    return Error(ErrorCode::usage, option + ": not a count: " + text)
        .with_hint("write it as in 500, 10k or 1.5M");
  };
  std::string digits = text;
  std::uint64_t unit = 1;
  if (!digits.empty() && factor_of(digits.back()) != 0) {
    unit = factor_of(digits.back());
    digits.pop_back();
  }
  std::uint64_t value = 0;
  bool fraction = false, seen = false;
  for (const char c : digits) {
    if (c == '.' && seen && !fraction && unit > 1) {
      fraction = true;
      continue;
    }
    if (c < '0' || c > '9' || (fraction && unit % 10 != 0)) throw refuse();
    seen = true;
    if (fraction) unit /= 10;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    if (value > max_count) throw refuse();
  }
  if (!seen || digits.back() == '.' || value * unit > max_count) throw refuse();
  return value * unit;
}

}  // namespace feedctl::cli
