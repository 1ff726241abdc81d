#pragma once
// A page of the files below a directory in the order of their keys, in bounded memory: of a
// directory with many entries it keeps the next thousand and reads the directory again for more.
// Plain function; any thread. Failures are Error(unavailable).
#include <cstddef>
#include <string>

#include "base/time.hpp"
#include "blob/blob_store.hpp"

namespace feedctl::blob {

// See BlobStore::list. `root` is borrowed.
Listing list_files(int root, const std::string& prefix, const std::string& after, std::size_t limit,
                   Deadline deadline);

}  // namespace feedctl::blob
