#include "feedctl/work/media_worker.hpp"

#include <utility>

#include "base/log.hpp"
#include "blob/open_store.hpp"
#include "media/complete_upload.hpp"
#include "media/media_events.hpp"
#include "media/media_jobs.hpp"
#include "media/upload_expiry.hpp"

namespace feedctl::app {

namespace {

images::ImageProcessor::Options processor_options(const config::MediaConfig& config) {
  images::ImageProcessor::Options options;
  options.concurrency = config.processes;
  return options;
}

}  // namespace

MediaWorker::MediaWorker(const config::MediaConfig& config, store::Database& database)
    : config_(config),
      database_(database),
      store_(blob::open_store(config)),
      images_(processor_options(config)),
      service_({.database = database, .store = store_.get(), .images = images_, .config = config}) {
  if (store_) store_health_.emplace(*store_);
  log_skipped_jobs();
}

bool MediaWorker::is_store_up() {
  return !store_health_ || !store_health_->problem();
}

events::Handler MediaWorker::event_handler() const {
  return media::removal_handler();
}

jobs::HandlerRegistry MediaWorker::job_handlers() {
  if (!store_) return {};
  auto handlers = media::job_handlers(
      *store_, [this](const FileSlice& image, std::span<const std::uint32_t> widths,
                      Deadline deadline) { return images_.thumbnails(image, widths, deadline); });
  handlers.merge(media::upload_job_handlers(service_));
  return breaker_.guard(std::move(handlers));
}

std::vector<std::string> MediaWorker::skipped_job_kinds() const {
  if (!store_ || breaker_.is_open())
    return {media::process_kind, media::complete_upload_kind, media::remove_kind};
  if (!images::ImageProcessor::is_available())
    return {media::process_kind, media::complete_upload_kind};
  return {};
}

void MediaWorker::log_skipped_jobs() const {
  if (!store_) {
    log::info(
        "images are left to other workers: neither media.directory nor media.s3_endpoint "
        "is set");
  } else if (!images::ImageProcessor::is_available()) {
    log::warning("images are left to other workers: this build has no image libraries");
  }
}

void MediaWorker::delete_expired_uploads(Time now) {
  if (store_) media::delete_expired_uploads(database_, *store_, config_.link_ttl, now);
}

}  // namespace feedctl::app
