#include "feedctl/serve/console_services.hpp"

#include <algorithm>
#include <chrono>

#include "base/error.hpp"
#include "bus/reachability.hpp"
#include "feedctl/daemon/view_options.hpp"
#include "views/flush_metrics.hpp"

namespace feedctl::app {

namespace {

using namespace std::chrono_literals;

constexpr auto rabbitmq_timeout = 300ms;

std::unique_ptr<views::RedisCounterBuffer> make_view_counters(const config::Config& config) {
  auto options = view_redis_options(config);
  if (options.url.empty()) return nullptr;
  options.pool_size = 1;
  return std::make_unique<views::RedisCounterBuffer>(options);
}

std::optional<console::FeedIndexState> index_state(const feed::HomeFeed& home) {
  const auto state = home.state();
  if (!state) return std::nullopt;
  return console::FeedIndexState{state->is_ready, static_cast<std::int64_t>(state->index.posts),
                                 static_cast<std::int64_t>(state->index.follow_sets),
                                 static_cast<std::int64_t>(state->index.bytes())};
}

void require_cache(cache::Cache& cache) {
  if (cache.is_available()) return;
  const auto reason = cache.last_failure().reason;
  throw Error(ErrorCode::unavailable, reason.empty() ? "it does not answer" : reason);
}

// `counters`: nullptr without a Redis for views, which may have one of their own.
console::Dependency redis_dependency(const config::Config& config, cache::Cache& cache,
                                     views::RedisCounterBuffer* counters) {
  if (!config.redis.url.empty())
    return {"redis", "cache and view counters", [&cache] { require_cache(cache); }};
  if (counters == nullptr) return {"redis", "serve keeps its cache in memory"};
  return {"redis", "view counters; serve keeps its cache in memory",
          [counters] { counters->live(); }};
}

// Only `work` sends messages; this process looks whether the server is there.
console::Dependency rabbitmq_dependency(const config::Config& config) {
  if (config.bus.kind != config::BusKind::rabbitmq || config.bus.rabbitmq_url.empty())
    return {"rabbitmq", "the configuration does not use it"};
  return {"rabbitmq", "messages about events", [url = config.bus.rabbitmq_url] {
            if (!bus::is_rabbitmq_reachable(url, rabbitmq_timeout))
              throw Error(ErrorCode::unavailable, "nothing answers at bus.rabbitmq_url");
          }};
}

// "https://host:port" of presigned links, which the console's pages may show; "": there are none.
std::string image_origin(const config::MediaConfig& media) {
  using Store = config::MediaConfig::Store;
  if (media.store == Store::off || media.store == Store::directory) return "";
  auto origin = media.s3_public_endpoint.empty() ? media.s3_endpoint : media.s3_public_endpoint;
  const auto scheme_end = origin.find("://");
  if (scheme_end == std::string::npos) return "";
  origin.resize(std::min(origin.find('/', scheme_end + 3), origin.size()));
  if (!media.s3_path_style) origin.insert(scheme_end + 3, media.s3_bucket + '.');
  return origin;
}

}  // namespace

ConsoleServices::ConsoleServices(const config::Config& config, store::Database& database,
                                 cache::Cache& cache, const feed::HomeFeed& home,
                                 AccountServices& accounts, MediaServices& media)
    : database_(database),
      cache_(cache),
      accounts_(accounts),
      public_url_(config.auth.public_url),
      image_origin_(image_origin(config.media)),
      view_counters_(make_view_counters(config)),
      dashboard_(database, dashboard_options(config, cache, home, media)) {}

console::DashboardOptions ConsoleServices::dashboard_options(const config::Config& config,
                                                             cache::Cache& cache,
                                                             const feed::HomeFeed& home,
                                                             MediaServices& media) {
  console::DashboardOptions options;
  options.feed_index = [&home] { return index_state(home); };
  options.dependencies = {redis_dependency(config, cache, view_counters_.get()),
                          rabbitmq_dependency(config), media.dependency()};
  if (view_counters_) {
    options.pending_views = [counters = view_counters_.get()] {
      const auto live = counters->live();
      return live.views + live.contents;
    };
  }
  return options;
}

void ConsoleServices::add_routes(http::Router& router) {
  console::add_routes(router,
                      {database_, accounts_.accounts(), dashboard_, public_url_, image_origin_});
}

bool ConsoleServices::is_redis_up() {
  if (view_counters_) view_counters_->live();
  return !cache_.is_shared() || cache_.is_available();
}

void ConsoleServices::export_pending_views() {
  if (view_counters_) views::export_pending(*view_counters_);
}

void ConsoleServices::set_installation(const std::string& installation) {
  if (view_counters_) view_counters_->set_installation(installation);
}

}  // namespace feedctl::app
