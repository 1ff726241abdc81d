#include "operations/doctor.hpp"

#include "operations/doctor_config.hpp"
#include "operations/doctor_database.hpp"
#include "operations/doctor_disk.hpp"
#include "operations/doctor_media.hpp"
#include "operations/doctor_network.hpp"
#include "operations/doctor_redis.hpp"
#include "operations/doctor_sign_in.hpp"
#include "operations/doctor_views.hpp"

namespace feedctl::operations {

Findings run_doctor(const config::LoadedConfig& loaded, store::Database& database,
                    cache::Cache& cache, const DoctorOptions& options) {
  Findings findings;
  check_config(findings, loaded);
  check_proxy(findings, loaded.config);
  check_database(findings, database, loaded.config, options);
  check_redis(findings, cache, loaded.config.redis);
  const auto& views = loaded.config.views;
  check_view_buffer(findings, views.redis_url.empty() ? loaded.config.redis.url : views.redis_url,
                    loaded.config.redis);
  check_sign_in(findings, loaded.config);
  check_media(findings, loaded.config.media);
  check_certificates(findings, loaded.config);
  check_clock_synchronization(findings);
  check_disk(findings, options.disk_folder);
  return findings;
}

}  // namespace feedctl::operations
