#pragma once
// Composition root of `serve`: owns all features and the routing table they share.
//
// The configuration, the database and the cache must outlive it. Construct it and call it from the
// main thread; the router's handlers are thread-safe.
#include <memory>

#include "cache/cache.hpp"
#include "config/load.hpp"
#include "feedctl/serve/health.hpp"
#include "http/rate_limiter.hpp"
#include "http/router.hpp"
#include "store/database.hpp"

namespace feedctl::app {

class Application {
 public:
  // Opens no connection: the database and the cache may be down.
  Application(const config::LoadedConfig& loaded, store::Database& database, cache::Cache& cache);
  ~Application();

  const http::Router& router() const;
  http::Authenticator authenticator();
  http::RateLimiter rate_limiter();
  Health& health();

  // Starts the threads that check the database's state and send impressions. Call it once.
  void start_background_tasks();
  // Not ready from now on; a flush on request ends early. The router answers until it is destroyed.
  void start_draining();
  // Applies the reloaded keys of features; /debug/config shows the new configuration.
  void apply_reload(const config::LoadedConfig& loaded);
  // Loads the shared keys, the revocations of tokens, which a thread follows from then on, and the
  // installation's id, which users of Redis need. Returns false while the database cannot be
  // reached.
  bool load_keys();

 private:
  bool load_signing_key();

  struct Components;
  std::unique_ptr<Components> components_;
};

}  // namespace feedctl::app
