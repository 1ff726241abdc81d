#pragma once
// The reader of Twitter/X archives: data/account.js, data/tweets.js with its further parts, in
// older archives data/tweet.js, and data/following.js. Links are written out, and links to the
// tweet's own pictures go. Retweets are left out. Memory: one tweet. One thread.
#include "base/time.hpp"
#include "imports/archive_file.hpp"
#include "imports/import_sink.hpp"

namespace feedctl::imports {

// Reads the archive from its beginning, twice: first the account. Error(bad_data): no account, no
// tweets, or damaged.
void read_twitter(ArchiveFile& archive, ImportSink& sink, Time now = feedctl::now());

}  // namespace feedctl::imports
