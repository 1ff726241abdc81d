#include "feedctl/stats_options.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "feedctl/daemon/view_options.hpp"

namespace feedctl::cli {

operations::StatsOptions make_stats_options(const config::Config& config) {
  operations::StatsOptions options;
  options.redis.url = config.redis.url.reveal();
  options.redis.prefix = options.counter_redis.prefix = config.redis.prefix;
  options.counter_redis.url = app::counter_redis_url(config);
  return options;
}

std::string format_bytes(double bytes) {
  constexpr std::array<const char*, 5> units{"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < units.size()) {
    bytes /= 1000;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 || bytes >= 99.5 ? "%.0f %s" : "%.1f %s", bytes,
                units.at(unit));
  return text.data();
}

}  // namespace feedctl::cli
