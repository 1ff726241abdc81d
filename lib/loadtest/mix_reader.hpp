#pragma once
// Reads scenario mixes from YAML: files, and the two that the program holds. docs/loadtest.md has
// the format. Plain functions; thread-safe.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "loadtest/mix.hpp"

namespace feedctl::loadtest {

inline constexpr std::size_t max_mix_bytes = 256 * 1024;
inline constexpr std::size_t max_operations = 64;

// "default" and "read-heavy".
std::vector<std::string> preset_names();

// `source` names the text in errors. Error(bad_data) with every mistake and its line, as
// "mix.yaml:12: ..."; with several, each is one of the error's fields.
Mix read_mix(const std::string& yaml, const std::string& source);

// A preset's name or a file. Error(usage) for what is neither, Error(bad_data) as read_mix().
Mix load_mix(const std::string& name_or_file);

}  // namespace feedctl::loadtest
