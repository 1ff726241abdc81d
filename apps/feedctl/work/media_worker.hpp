#pragma once
// What a worker does for media: its jobs, the removal of the media of deleted posts and users, and
// the expiry of presigned uploads.
//
// A worker without a store, or without the image libraries, leaves the jobs that it cannot run to
// other workers, and logs so once. `database` and `config` must outlive the object, and the object
// its handlers. Thread-safe.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "blob/blob_store.hpp"
#include "config/config.hpp"
#include "events/unit_of_work.hpp"
#include "images/image_processor.hpp"
#include "jobs/jobs.hpp"
#include "media/job_breaker.hpp"
#include "media/media_service.hpp"
#include "media/store_health.hpp"
#include "store/database.hpp"

namespace feedctl::app {

class MediaWorker {
 public:
  // Error(config) as of blob::open_store().
  MediaWorker(const config::MediaConfig& config, store::Database& database);

  events::Handler event_handler() const;
  jobs::HandlerRegistry job_handlers();
  // Kinds without a handler here, and all while the store is away.
  std::vector<std::string> skipped_job_kinds() const;
  bool has_store() const { return store_ != nullptr; }
  // Whether the store answers, as of the last second; true without one.
  bool is_store_up();
  // For the thread of the periodic tasks.
  void delete_expired_uploads(Time now);

 private:
  void log_skipped_jobs() const;

  const config::MediaConfig& config_;
  store::Database& database_;
  std::unique_ptr<blob::BlobStore> store_;  // nullptr: media.store is off
  std::optional<media::StoreHealth> store_health_;
  media::JobBreaker breaker_;
  images::ImageProcessor images_;
  media::MediaService service_;
};

}  // namespace feedctl::app
