#pragma once
// Puts the features' handlers, jobs and upkeep together for `work`. Runs from its construction on.
#include <memory>

#include "cache/cache.hpp"
#include "config/config.hpp"
#include "events/log.hpp"
#include "store/database.hpp"

namespace feedctl::app {

class Pipeline {
 public:
  // `config` and `cache` must outlive it. Opens nothing: the database may be down.
  Pipeline(const config::Config& config, const store::Options& database, cache::Cache& cache,
           const std::string& installation);
  ~Pipeline();

  // Finishes what is at hand and gives the slots back.
  void stop();
  bool healthy() const;
  const char* bus() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace feedctl::app
