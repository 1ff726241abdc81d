#pragma once
// The JSON document of a load test's result, docs/loadtest-result.md. What write_json() writes,
// read_json() reads without loss. Pure functions; any thread.
#include <cstddef>
#include <string>
#include <string_view>

#include "loadtest/load_result.hpp"

namespace feedctl::loadtest {

inline constexpr int result_version = 1;
inline constexpr std::size_t max_result_bytes = std::size_t{64} << 20;

// One line, with a newline at its end.
std::string write_json(const LoadResult& result);

// `source`: the name of the file, for errors. Error(bad_data): another version, above
// max_result_bytes, a missing member, a number out of range, or no JSON. Members that this version
// does not know are ignored.
LoadResult read_json(std::string_view text, const std::string& source);

}  // namespace feedctl::loadtest
