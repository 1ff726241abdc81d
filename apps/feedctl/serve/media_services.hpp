#pragma once
// The images of `serve`: the blob store and the image processor that the configuration asks for,
// and the routes over them. The database must outlive it. It keeps no reference to the
// configuration. Thread-safe.
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "auth/auth.hpp"
#include "base/cursor_signer.hpp"
#include "blob/blob_store.hpp"
#include "commands/command_endpoint.hpp"
#include "config/config.hpp"
#include "console/console.hpp"
#include "http/router.hpp"
#include "images/image_processor.hpp"
#include "media/media_service.hpp"
#include "media/store_health.hpp"
#include "store/database.hpp"

namespace feedctl::app {

class MediaServices {
 public:
  // Connects to nothing, and starts no process. `on_change`: see media::MediaService::Options.
  // Error(config) as of blob::open_store().
  MediaServices(const config::Config& config, store::Database& database,
                std::function<void()> on_change);

  media::MediaService& service() { return service_; }
  // The router must not outlive this object.
  void add_routes(http::Router& router, auth::Auth& auth, const CursorSigner& cursors,
                  commands::OnCommitted on_committed);

  bool is_configured() const { return store_ != nullptr; }
  // Whether the store answers, as of the last second. A store that is down makes the server neither
  // unready nor slow: uploads and images are 503.
  struct Health {
    bool is_configured = false;
    bool is_up = true;
    std::string store;   // its name
    std::string reason;  // why it is down
  };
  Health health();
  console::Dependency dependency();

 private:
  const std::unique_ptr<blob::BlobStore> store_;  // nullptr: no images
  std::optional<media::StoreHealth> store_health_;
  images::ImageProcessor images_;
  media::MediaService service_;
};

}  // namespace feedctl::app
