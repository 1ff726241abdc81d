#pragma once
// Puts the features together for `serve`: one object owns them all and the routing table they
// share.
#include <memory>

#include "cache/cache.hpp"
#include "config/load.hpp"
#include "feedctl/serve/health.hpp"
#include "http/server.hpp"
#include "store/database.hpp"

namespace feedctl::app {

class Application {
 public:
  // Opens nothing: the database and the cache may be down. All three must outlive it.
  Application(const config::Loaded& loaded, store::Database& database, cache::Cache& cache);
  ~Application();

  const http::Router& router() const;
  http::Authenticator authenticator();
  Health& health();

  // Begins to look at the state of the database from time to time; once, when serving begins.
  void begin();
  // Takes over the keys of a reload that are for features, and shows all of it at /debug/config.
  void take_over(const config::Loaded& loaded);
  // Fetches the shared keys, and tells the cache which installation this is; false where the
  // database cannot be reached yet.
  bool fetch_keys();

 private:
  bool adopt_key();

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace feedctl::app
