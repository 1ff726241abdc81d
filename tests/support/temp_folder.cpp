#include "support/temp_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/error.hpp"
#include "dev_servers/data_dir.hpp"
#include "support/available_memory.hpp"

namespace feedctl::support {

namespace fs = std::filesystem;

namespace {

const char* const memory_root = "/dev/shm";
const char* const kept_marker = "kept";

constexpr std::uint64_t gibibyte = 1ULL << 30;

// Each program looks alone, at a time when the others have not filled theirs: so there has to be
// room for all that scripts/test runs at once. Containers often have 64 MB there.
bool has_room_in_memory(const fs::path& folder) {
  struct statvfs found {};
  if (::statvfs(folder.c_str(), &found) != 0 || ::access(folder.c_str(), W_OK | X_OK) != 0) {
    return false;
  }
  const auto programs = 2 * std::uint64_t{std::max(1U, std::thread::hardware_concurrency())};
  return std::uint64_t{found.f_bavail} * found.f_frsize >= programs * gibibyte &&
         available_memory() >= (programs + 2) * gibibyte;
}

fs::path find_server_data_root() {
  const bool is_told = std::getenv("TMPDIR") != nullptr;
  if (!is_told && has_room_in_memory(memory_root)) return memory_root;
  return fs::temp_directory_path();
}

int open_folder(const fs::path& path) {
  return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// The descriptor that holds the lock; -1 if another program has just removed the new folder, which
// was not locked yet.
int lock_new_folder(const fs::path& path) {
  const int fd = open_folder(path);
  if (fd < 0 && errno == ENOENT) return -1;
  if (fd < 0 || ::flock(fd, LOCK_EX) != 0) {
    throw std::runtime_error("cannot lock " + path.string());
  }
  if (fs::exists(path)) return fd;
  ::close(fd);
  return -1;
}

bool has_prefix_of_tests(const fs::path& path) {
  const auto name = path.filename().string();
  return name.rfind("feedctl-test-", 0) == 0 || name.rfind("feedctl-stack-", 0) == 0;
}

// Servers that outlive their test program for a moment still hold the lock of their data.
bool has_servers(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path / "lock", ignored)) return false;
  try {
    const dev_servers::DataDirLock lock(path);
    return false;
  } catch (const Error&) {
    return true;
  }
}

}  // namespace

fs::path server_data_root() {
  static const fs::path root = find_server_data_root();
  return root;
}

TempFolder::TempFolder(const std::string& prefix, const fs::path& parent) {
  while (lock_fd_ < 0) {
    std::string name = (parent / (prefix + "XXXXXX")).string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
    lock_fd_ = lock_new_folder(path_);
  }
  fs::permissions(path_, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  if (!kept_) fs::remove_all(path_, ignored);
  ::close(lock_fd_);
}

void TempFolder::keep_on_exit() {
  kept_ = true;
  write(kept_marker, "");
}

void remove_abandoned_folders(const fs::path& root) {
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(root, failure)) {
    const auto& path = entry.path();
    if (!has_prefix_of_tests(path) || fs::exists(path / kept_marker, failure)) continue;
    const int fd = open_folder(path);
    if (fd < 0) continue;  // another user's
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && !has_servers(path)) fs::remove_all(path, failure);
    ::close(fd);
  }
}

void remove_abandoned_folders() {
  for (const auto& root : std::set<fs::path>{fs::temp_directory_path(), memory_root}) {
    remove_abandoned_folders(root);
  }
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
