#include "support/temp_folder.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace feedctl::support {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t gibibyte = 1ULL << 30;

std::uint64_t available_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("MemAvailable:", 0) == 0) return std::stoull(line.substr(13)) * 1024;
  }
  return 0;
}

// Containers often have 64 MB there.
bool has_room_in_memory(const fs::path& folder) {
  struct statvfs found {};
  if (::statvfs(folder.c_str(), &found) != 0 || ::access(folder.c_str(), W_OK | X_OK) != 0) {
    return false;
  }
  return std::uint64_t{found.f_bavail} * found.f_frsize >= 2 * gibibyte &&
         available_memory() >= 4 * gibibyte;
}

fs::path find_server_data_root() {
  const fs::path memory = "/dev/shm";
  const bool is_told = std::getenv("TMPDIR") != nullptr;
  return !is_told && has_room_in_memory(memory) ? memory : fs::temp_directory_path();
}

}  // namespace

fs::path server_data_root() {
  static const fs::path root = find_server_data_root();
  return root;
}

TempFolder::TempFolder(const std::string& prefix, const fs::path& parent) {
  std::string name = (parent / (prefix + "XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  path_ = name;
  fs::permissions(path_, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
}

TempFolder::~TempFolder() {
  if (kept_) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path TempFolder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ / name, std::ios::binary) << text;
  return path_ / name;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace feedctl::support
