#pragma once
// Names of entries of archives. Pure functions.
#include <optional>
#include <string>
#include <string_view>

namespace feedctl::imports {

// The name with single slashes and without "."; nullopt: absolute, with "..", empty, longer than
// 4096 bytes, not UTF-8 or with control characters.
std::optional<std::string> clean_entry_name(std::string_view name);

// The entry's name in a file that is no archive: "outbox.json" for "outbox.json.gz"; empty: the
// file's name does not end in .json, .js or .car.
std::string bare_entry_name(std::string_view file_name);

// The part behind the last slash.
std::string_view base_name(std::string_view name);

}  // namespace feedctl::imports
