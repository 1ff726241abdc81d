#include "support/ready_cluster.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <string>

#include "dev_servers/os_account.hpp"
#include "dev_servers/postgres.hpp"
#include "dev_servers/postgres_files.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::support {

namespace fs = std::filesystem;

namespace {

// Another PostgreSQL, or an update of it, gets another directory.
std::string directory_name(const fs::path& bin_dir) {
  const auto program = fs::canonical(bin_dir / "initdb");
  const auto updated = fs::last_write_time(program).time_since_epoch().count();
  const auto version = std::hash<std::string>{}(program.string() + std::to_string(updated));
  return "feedctl-cluster-" + std::to_string(::getuid()) + "-" + std::to_string(version);
}

// This user's or, for root, that of the account which runs the servers.
bool is_own_directory(const fs::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) return false;
  const auto account = dev_servers::server_account();
  return found.st_uid == ::geteuid() || (account && found.st_uid == account->uid);
}

}  // namespace

ReadyCluster::ReadyCluster() {
  const auto bin_dir = dev_servers::find_postgres_bin_dir();
  path_ = server_data_root() / directory_name(bin_dir);
  lock_path_ = path_.string() + ".lock";
  // flock() cannot turn one lock into the other atomically: each turn looks again.
  for (;;) {
    if (!lock(LOCK_SH)) continue;
    if (is_complete()) return;
    unlock();
    if (!lock(LOCK_EX)) continue;
    if (!is_complete()) dev_servers::make_cluster(bin_dir, path_, false);
    unlock();
  }
}

ReadyCluster::~ReadyCluster() {
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) {
    std::error_code ignored;
    // Moved first: a process killed meanwhile leaves no half of it. The next one removes the rest.
    const fs::path removed = path_.string() + ".new";
    fs::remove_all(removed, ignored);
    fs::rename(path_, removed, ignored);
    fs::remove_all(removed, ignored);
    fs::remove(lock_path_, ignored);
  }
  unlock();
}

// False if the last user has removed the file meanwhile.
bool ReadyCluster::lock(int operation) {
  fd_ = ::open(lock_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd_ < 0 || ::flock(fd_, operation) != 0) {
    throw std::runtime_error("cannot lock " + lock_path_.string());
  }
  struct stat opened {
  }, named{};
  const bool is_current = ::fstat(fd_, &opened) == 0 && ::stat(lock_path_.c_str(), &named) == 0 &&
                          opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
  if (!is_current) unlock();
  return is_current;
}

void ReadyCluster::unlock() {
  ::close(fd_);
  fd_ = -1;
}

// Anybody may make a folder of this name in /tmp: a server must not start on another user's data.
bool ReadyCluster::is_complete() const {
  return is_own_directory(path_) && !dev_servers::cluster_version(path_).empty();
}

}  // namespace feedctl::support
