#include "feedctl/serve/media_services.hpp"

#include <utility>

#include "base/error.hpp"
#include "blob/open_store.hpp"
#include "media/routes.hpp"

namespace feedctl::app {

MediaServices::MediaServices(const config::Config& config, store::Database& database,
                             std::function<void()> on_change)
    : store_(blob::open_store(config.media)),
      images_({.concurrency = config.media.processes}),
      service_({database, store_.get(), images_, config.media, std::move(on_change)}) {
  if (store_) store_health_.emplace(*store_);
}

void MediaServices::add_routes(http::Router& router, auth::Auth& auth, const CursorSigner& cursors,
                               commands::OnCommitted on_committed) {
  media::add_routes(router, {service_, auth, cursors, std::move(on_committed)});
}

MediaServices::Health MediaServices::health() {
  if (!store_) return {};
  const auto problem = store_health_->problem();
  // Anybody may ask: where the store is stays with the log, doctor and the dashboard.
  const auto name = store_->name();
  return {true, !problem, name.substr(0, name.find(' ')), problem.value_or("")};
}

console::Dependency MediaServices::dependency() {
  if (!store_) return {"media", "the configuration names no store for images"};
  return {"media", "images, in the " + store_->name(), [this] {
            if (const auto problem = store_health_->problem())
              throw Error(ErrorCode::unavailable, *problem);
          }};
}

}  // namespace feedctl::app
