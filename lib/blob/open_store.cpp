#include "blob/open_store.hpp"

#include "blob/directory_store.hpp"
#include "blob/s3_store.hpp"
#include "config/media_options.hpp"

namespace feedctl::blob {

namespace {

S3Options to_options(const config::MediaConfig& media) {
  S3Options options;
  options.endpoint = media.s3_endpoint;
  options.public_endpoint = media.s3_public_endpoint;
  options.bucket = media.s3_bucket;
  options.is_path_style = media.s3_path_style;
  options.credentials = {media.s3_key, media.s3_secret, media.s3_region};
  return options;
}

}  // namespace

std::unique_ptr<BlobStore> open_store(const config::MediaConfig& media) {
  switch (config::media_store_of(media)) {
    case config::MediaConfig::Store::directory:
      return std::make_unique<DirectoryStore>(media.directory);
    case config::MediaConfig::Store::s3:
      return std::make_unique<S3Store>(to_options(media));
    case config::MediaConfig::Store::automatic:
    case config::MediaConfig::Store::off:
      break;
  }
  return nullptr;
}

}  // namespace feedctl::blob
