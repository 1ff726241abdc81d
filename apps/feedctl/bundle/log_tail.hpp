#pragma once
// The end of a log file, in whole lines. Plain function; any thread.
#include <cstddef>
#include <string>

namespace feedctl::cli::support_bundle {

struct LogTail {
  std::string text;
  bool is_cut = false;  // the file has more before it
};

// At most `max_bytes`. Error(failed): it cannot be read, is no regular file, or is compressed.
LogTail read_log_tail(const std::string& path, std::size_t max_bytes);

}  // namespace feedctl::cli::support_bundle
