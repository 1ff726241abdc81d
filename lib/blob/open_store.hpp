#pragma once
// Makes the blob store that the configuration names.
#include <memory>

#include "blob/blob_store.hpp"
#include "config/config.hpp"

namespace feedctl::blob {

// nullptr: media.store is off. Asks no server. Error(config): the endpoint's URL is not valid.
std::unique_ptr<BlobStore> open_store(const config::MediaConfig& media);

}  // namespace feedctl::blob
