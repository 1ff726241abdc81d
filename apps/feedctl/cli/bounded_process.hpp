#pragma once
// Runs a program with limits of time and output, and kills it beyond them. Thread-safe.
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace feedctl::cli {

struct ProcessLimits {
  std::chrono::milliseconds timeout;
  std::size_t max_output = std::size_t{4} << 20;  // of each stream
};

struct ProcessOutput {
  std::string out, err;
  int exit_code = 0;
  bool is_cut = false;  // there was more output
  std::string failure;  // "": it ran to its end, whatever its exit code
};

// An interrupt ends it, too.
ProcessOutput run_bounded(const std::vector<std::string>& argv, const ProcessLimits& limits);

}  // namespace feedctl::cli
