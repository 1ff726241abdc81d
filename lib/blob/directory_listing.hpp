#pragma once
// A page of the files below a directory in the order of their keys, in bounded memory. Plain
// function; any thread. Failures are Error(unavailable).
#include <cstddef>
#include <string>

#include "base/time.hpp"
#include "blob/blob_store.hpp"
#include "blob/folder_names.hpp"

namespace feedctl::blob {

// See BlobStore::list. `root` is borrowed. `names` holds what the pages before have read.
Listing list_files(int root, const std::string& prefix, const std::string& after, std::size_t limit,
                   FolderNames& names, Deadline deadline);

}  // namespace feedctl::blob
