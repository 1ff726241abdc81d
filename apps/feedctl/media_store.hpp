#pragma once
// The blob store of the commands of media. A plain function for the main thread.
#include <memory>

#include "blob/blob_store.hpp"

namespace feedctl::cli {

class Runtime;

// Never nullptr. Error(config): the configuration names none.
std::unique_ptr<blob::BlobStore> open_media_store(const Runtime& runtime);

}  // namespace feedctl::cli
