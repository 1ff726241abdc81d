#pragma once
// The console of `serve`: its routes, and what its dashboard watches. The references must outlive
// it. It keeps no reference to the configuration. Thread-safe, except set_installation().
#include <memory>
#include <string>

#include "cache/cache.hpp"
#include "config/config.hpp"
#include "console/console.hpp"
#include "feed/home_feed.hpp"
#include "feedctl/serve/account_services.hpp"
#include "feedctl/serve/media_services.hpp"
#include "http/router.hpp"
#include "store/database.hpp"
#include "views/redis_counter_buffer.hpp"

namespace feedctl::app {

class ConsoleServices {
 public:
  // Connects to nothing.
  ConsoleServices(const config::Config& config, store::Database& database, cache::Cache& cache,
                  const feed::HomeFeed& home, AccountServices& accounts, MediaServices& media);

  // The router must not outlive this object.
  void add_routes(http::Router& router);
  void set_installation(const std::string& installation);

  // Redis as the cache or for view counters.
  bool uses_redis() const { return cache_.is_shared() || view_counters_; }
  // Error(unavailable), or false: it does not answer.
  bool is_redis_up();
  // Metrics of the views that await a flush; nothing without Redis. Error(unavailable): it does not
  // answer.
  void export_pending_views();

 private:
  console::DashboardOptions dashboard_options(const config::Config& config, cache::Cache& cache,
                                              const feed::HomeFeed& home, MediaServices& media);

  store::Database& database_;
  cache::Cache& cache_;
  AccountServices& accounts_;
  const std::string public_url_, image_origin_;
  std::unique_ptr<views::RedisCounterBuffer> view_counters_;  // nullptr: no Redis
  console::Dashboard dashboard_;                              // last: its threads use the others
};

}  // namespace feedctl::app
