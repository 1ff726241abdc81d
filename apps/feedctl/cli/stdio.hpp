#pragma once
// Standard streams of the process: reserved descriptors and unbuffered output. For the main thread.
#include <string_view>

namespace feedctl::cli {

// Thrown if the reader of standard output has closed it; it is no error.
struct StdoutClosed {};

// Opens /dev/null for closed standard streams, so that no file or socket gets their numbers.
void reserve_standard_fds();

// Writes all of `text`. Throws StdoutClosed, or Error(failed), as for a full disk.
void write_stdout(std::string_view text);

}  // namespace feedctl::cli
