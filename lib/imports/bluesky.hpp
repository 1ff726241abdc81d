#pragma once
// The reader of Bluesky's repositories, which are exported as CAR files: posts, reposts, follows
// and the profile. Memory: some 60 bytes for each post and follow. One thread.
#include "base/time.hpp"
#include "imports/archive_file.hpp"
#include "imports/import_sink.hpp"

namespace feedctl::imports {

// Reads the archive's first .car file, twice: first the commit and the search tree, which names the
// records, then the records. A block whose bytes do not have its hash counts as malformed, as does
// a record that the file lacks. The handle is the end of the DID, since the file lacks it.
// Error(bad_data): no CAR file, no commit, or damaged.
void read_bluesky(ArchiveFile& archive, ImportSink& sink, Time now = feedctl::now());

}  // namespace feedctl::imports
