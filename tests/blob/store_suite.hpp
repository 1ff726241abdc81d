#pragma once
// What every blob store does, for the tests of each.
#include "blob/blob_store.hpp"

namespace feedctl::blob {

// Checks it on an empty store, and leaves an empty one.
void check_store(BlobStore& store);

// The keys below `prefix`, listed in pages of `limit`.
std::vector<std::string> list_keys(BlobStore& store, const std::string& prefix, std::size_t limit);

}  // namespace feedctl::blob
