#pragma once
// Expiry of presigned uploads: those that nobody ended, and the results of those that are over.
// Called by one thread of each worker; several workers do not disturb each other.
#include <chrono>
#include <cstddef>

#include "base/time.hpp"
#include "blob/blob_store.hpp"
#include "store/database.hpp"

namespace feedctl::media {

// Removes their objects in quarantine, then their rows: for some two seconds, the rest at the next
// call. `link_ttl`: how long a form may be used. Returns the number of rows.
std::size_t delete_expired_uploads(store::Database& database, blob::BlobStore& store,
                                   std::chrono::seconds link_ttl, Time now);

}  // namespace feedctl::media
