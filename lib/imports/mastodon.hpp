#pragma once
// The reader of Mastodon's archives: actor.json, outbox.json and, where present,
// following_accounts.csv. Only public and unlisted posts are read. A content warning stands before
// the text. Memory: one item. One thread.
#include "base/time.hpp"
#include "imports/archive_file.hpp"
#include "imports/import_sink.hpp"

namespace feedctl::imports {

// Reads the archive from its beginning, twice: actor.json comes last in it. A bare outbox.json
// names its owner in the items. Followed accounts are named by the address of their actor on a
// Mastodon server, "https://HOST/users/NAME". Error(bad_data): no outbox, no actor, or damaged.
void read_mastodon(ArchiveFile& archive, ImportSink& sink, Time now = feedctl::now());

}  // namespace feedctl::imports
