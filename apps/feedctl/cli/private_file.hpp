#pragma once
// Files that only their owner reads, since they hold secrets. Any thread.
#include <filesystem>
#include <string_view>

namespace feedctl::cli {

// Replaces the file as a whole; at no time can others read it, nor does a crash leave a part of it.
// Error(failed) if it cannot be written.
void replace_private_file(const std::filesystem::path& path, std::string_view text);

}  // namespace feedctl::cli
