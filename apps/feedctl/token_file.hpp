#pragma once
// A secret in a file of its own, for commands that send it. Plain function; any thread.
#include <string>

#include "base/secret.hpp"

namespace feedctl::cli {

// The file's content without white space around it. Error(usage) or Error(failed): it cannot be
// read, is empty, too large, or holds a line break.
Secret<std::string> read_token_file(const std::string& path);

}  // namespace feedctl::cli
