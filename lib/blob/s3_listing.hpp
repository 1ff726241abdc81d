#pragma once
// The answer of ListObjectsV2. Pure function; any thread.
#include <string_view>

#include "blob/blob_store.hpp"

namespace feedctl::blob {

// Objects with keys that are not ours are left out. Error(unavailable): it is no such answer.
Listing parse_listing(std::string_view xml);

}  // namespace feedctl::blob
