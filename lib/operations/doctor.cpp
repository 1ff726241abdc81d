#include "operations/doctor.hpp"

#include "operations/doctor_config.hpp"
#include "operations/doctor_database.hpp"
#include "operations/doctor_disk.hpp"
#include "operations/doctor_media.hpp"
#include "operations/doctor_redis.hpp"
#include "operations/doctor_sign_in.hpp"
#include "operations/doctor_views.hpp"

namespace feedctl::operations {

Findings run_doctor(const config::LoadedConfig& loaded, store::Database& database,
                    cache::Cache& cache, const std::string& disk_dir) {
  Findings findings;
  check_config(findings, loaded);
  check_database(findings, database, loaded.config);
  check_redis(findings, cache, loaded.config.redis);
  const auto& views = loaded.config.views;
  check_view_buffer(findings, views.redis_url.empty() ? loaded.config.redis.url : views.redis_url,
                    loaded.config.redis);
  check_sign_in(findings, loaded.config);
  check_media(findings, loaded.config.media);
  check_disk(findings, disk_dir);
  return findings;
}

}  // namespace feedctl::operations
