#pragma once
// Finds out from which network an archive comes, and reads it. Plain functions; one thread.
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "imports/archive_file.hpp"
#include "imports/import_sink.hpp"

namespace feedctl::imports {

enum class ArchiveFormat { mastodon, twitter, misskey, bluesky };
std::string_view name_of(ArchiveFormat format);  // "Mastodon", "Twitter/X"

// The format of the first entry that tells it by how it begins, whatever its name. Reads the
// archive from its beginning. Error(bad_data) with what was found and which formats there are; it
// calls the archive `archive_name`.
ArchiveFormat detect_format(ArchiveFile& archive, const std::string& archive_name);

// Hands the archive's content to the sink. `handle` names the account where the archive does not.
// Errors also of the format's reader.
void read_archive(const std::filesystem::path& path, ImportSink& sink,
                  const std::optional<std::string>& handle = {}, const ArchiveLimits& limits = {},
                  Time now = feedctl::now());

}  // namespace feedctl::imports
