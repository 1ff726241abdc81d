#pragma once
// Files in memory, in no folder. Thread-safe.
#include <string_view>

#include "base/unique_fd.hpp"

namespace feedctl {

// A file with this content, positioned at its beginning. /proc shows it as "memfd:NAME". It is not
// open where no memory or no descriptor is left: errno says which.
UniqueFd make_memory_file(const char* name, std::string_view content = {});

}  // namespace feedctl
