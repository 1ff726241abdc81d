#pragma once
// The options of view counters, from the configuration. Pure functions, for serve and flush-views.
#include <map>
#include <string>

#include "config/config.hpp"
#include "redis/pool_options.hpp"
#include "views/flush.hpp"

namespace feedctl::app {

// "": no Redis.
std::string counter_redis_url(const config::Config& config);
// For recording: the time-out of redis.timeout, two connections.
redis::PoolOptions view_redis_options(const config::Config& config);
// For a flush, which reads thousands of counters at once.
redis::PoolOptions flush_redis_options(const config::Config& config);
views::OnRollback on_rollback_of(const config::Config& config);
// The type of contents by the label of their impressions.
std::map<std::string, std::string, std::less<>> types_by_label(const config::Config& config);

}  // namespace feedctl::app
