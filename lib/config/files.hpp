#pragma once
// The files that configuration comes from. Errors are messages for one Mistake, not exceptions.
#include <map>
#include <string>
#include <vector>

namespace feedctl::config {

struct FileText {
  std::string text;
  std::string error;  // "" where it could be read
  bool world_readable = false;
};

// At most 1 MiB; a directory, a device or a pipe is refused (unless `stream`, for secrets handed
// over by the shell).
FileText read_file(const std::string& path, bool stream = false);

// A secret's file: one value, its last newline cut off. Refused where others may read it, except
// below /run/secrets, where a container's runtime decides.
FileText read_secret_file(const std::string& path);

// NAME=value lines as docker's --env-file reads them, plus "export " and quotes. What is wrong goes
// to `mistakes` as "line: message".
std::map<std::string, std::string> parse_env_file(
    const std::string& text, std::vector<std::pair<int, std::string>>& mistakes);

}  // namespace feedctl::config
