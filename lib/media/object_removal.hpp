#pragma once
// Removal of the objects of one media: the image and its thumbnails of any width. Idempotent, and
// thread-safe. Errors as of blob::BlobStore; then some objects may be gone.
#include <cstdint>
#include <string>

#include "base/time.hpp"
#include "blob/blob_store.hpp"

namespace feedctl::media {

// `object_key`: that of the image. Returns the number of objects. The caller deletes the row
// afterwards: until then a crash leaves a row by which the rest is found.
std::int64_t remove_objects(blob::BlobStore& store, const std::string& object_key,
                            Deadline deadline);

}  // namespace feedctl::media
