#pragma once
// The reader of Misskey's exports: notes-*.json. Only public and home notes are read. A content
// warning stands before the text. Memory: one note. One thread.
#include <optional>
#include <string>

#include "base/time.hpp"
#include "imports/archive_file.hpp"
#include "imports/import_sink.hpp"

namespace feedctl::imports {

// Reads the archive from its beginning, twice: first whose notes these are. The notes of most
// servers do not say it; then the account is the one called `handle`, else the NAME of a file
// notes-NAME.json. Error(bad_data): nothing names the account, no notes, or damaged.
void read_misskey(ArchiveFile& archive, ImportSink& sink,
                  const std::optional<std::string>& handle = {}, Time now = feedctl::now());

}  // namespace feedctl::imports
