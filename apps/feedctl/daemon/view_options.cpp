#include "feedctl/daemon/view_options.hpp"

#include "config/content_type_options.hpp"

namespace feedctl::app {

namespace {
constexpr std::size_t view_connections = 2;
constexpr std::chrono::seconds flush_timeout{10};
}  // namespace

std::string counter_redis_url(const config::Config& config) {
  const auto& own = config.views.redis_url;
  return own.empty() ? config.redis.url.reveal() : own.reveal();
}

redis::PoolOptions view_redis_options(const config::Config& config) {
  return {counter_redis_url(config), config.redis.timeout, view_connections, config.redis.prefix,
          true};
}

redis::PoolOptions flush_redis_options(const config::Config& config) {
  return {counter_redis_url(config), flush_timeout, 1, config.redis.prefix, true};
}

views::OnRollback on_rollback_of(const config::Config& config) {
  return config.views.on_rollback == config::OnRollback::apply ? views::OnRollback::apply
                                                               : views::OnRollback::drop;
}

std::map<std::string, std::string, std::less<>> types_by_label(const config::Config& config) {
  const auto labels = config::content_type_labels(config);
  return {labels.begin(), labels.end()};
}

}  // namespace feedctl::app
