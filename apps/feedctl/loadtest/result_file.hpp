#pragma once
// Files of load tests: results as JSON, and reports. Plain functions for the main thread.
#include <string>
#include <string_view>

#include "loadtest/load_result.hpp"

namespace feedctl::cli {

// Error(bad_data): it cannot be read, or is no result that this feedctl reads.
loadtest::LoadResult read_result_file(const std::string& path);

// Replaces the file as a whole. Error(failed) if it cannot be written.
void write_report_file(const std::string& path, std::string_view text);

}  // namespace feedctl::cli
