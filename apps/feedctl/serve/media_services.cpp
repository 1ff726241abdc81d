#include "feedctl/serve/media_services.hpp"

#include <chrono>
#include <utility>

#include "base/error.hpp"
#include "blob/open_store.hpp"
#include "media/routes.hpp"

namespace feedctl::app {

namespace {

using namespace std::chrono_literals;

constexpr auto check_timeout = 300ms;
constexpr auto no_object = "health-check";  // of no image: only the answer counts

}  // namespace

MediaServices::MediaServices(const config::Config& config, store::Database& database,
                             std::function<void()> on_change)
    : store_(blob::open_store(config.media)),
      images_({.concurrency = config.media.processes}),
      service_({database, store_.get(), images_, config.media, std::move(on_change)}) {}

void MediaServices::add_routes(http::Router& router, auth::Auth& auth, const CursorSigner& cursors,
                               commands::OnCommitted on_committed) {
  media::add_routes(router, {service_, auth, cursors, std::move(on_committed)});
}

void MediaServices::check_store() const {
  store_->head(no_object, Deadline::after(check_timeout));
}

MediaServices::Health MediaServices::health() const {
  if (!store_) return {};
  Health health{true, true, store_->name(), ""};
  try {
    check_store();
  } catch (const Error& error) {
    health.is_up = false;
    health.reason = error.what();
  }
  return health;
}

console::Dependency MediaServices::dependency() const {
  if (!store_) return {"media", "the configuration names no store for images"};
  return {"media", "images, in the " + store_->name(), [this] { check_store(); }};
}

}  // namespace feedctl::app
