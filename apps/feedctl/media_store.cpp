#include "feedctl/media_store.hpp"

#include "base/error.hpp"
#include "blob/open_store.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

std::unique_ptr<blob::BlobStore> open_media_store(const Runtime& runtime) {
  auto store = blob::open_store(runtime.config().media);
  if (store) return store;
  throw Error(ErrorCode::config, "no store of media is configured")
      .with_hint("set media.directory, or media.s3_endpoint, as for serve and work");
}

}  // namespace feedctl::cli
