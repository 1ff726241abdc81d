#pragma once
// Reading of configuration files. Errors are messages for a Mistake, not exceptions.
#include <map>
#include <string>
#include <vector>

namespace feedctl::config {

struct FileText {
  std::string text;
  std::string error;  // "": it could be read
  bool world_readable = false;
};

// At most 1 MiB. Refuses directories, devices and pipes; `stream` allows a pipe, for secrets from a
// shell.
FileText read_file(const std::string& path, bool stream = false);

// A file with one secret; its last newline is cut off. Refuses a file that others may read, except
// below /run/secrets, where the container's runtime decides.
FileText read_secret_file(const std::string& path);

// NAME=value lines as docker's --env-file reads them, plus "export " and quotes. Bad lines go to
// `mistakes` with their numbers.
std::map<std::string, std::string> parse_env_file(
    const std::string& text, std::vector<std::pair<int, std::string>>& mistakes);

}  // namespace feedctl::config
