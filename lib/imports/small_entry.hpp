#pragma once
// Reads entries of archives that are not streamed element by element. One thread; Error(bad_data)
// names the entry.
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "imports/archive_file.hpp"

namespace feedctl::imports {

// The current entry as a whole, at most `max_bytes`.
std::string read_text(ArchiveFile& archive, std::size_t max_bytes);

// The current entry as JSON, at most 1 MiB.
json::Value read_json(ArchiveFile& archive);

// Calls `use` with each line of the current entry, without its end; a longer one than `max_line`
// and an empty one are passed by. A byte order mark is skipped.
void for_each_line(ArchiveFile& archive, std::size_t max_line,
                   const std::function<void(std::string_view)>& use);

}  // namespace feedctl::imports
