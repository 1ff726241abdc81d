#pragma once
// Data directory of private servers: its lock, its socket directory and its logs. Plain functions;
// thread-safe. Error(failed) for errors of the file system.
#include <filesystem>
#include <optional>
#include <string>

#include "dev_servers/os_account.hpp"

namespace feedctl::dev_servers {

// Exclusive lock of a data directory: an flock on its file `lock`, which the kernel releases when
// the process ends. Error(lock_held) if another process holds it.
class DataDirLock {
 public:
  explicit DataDirLock(const std::filesystem::path& dir);
  DataDirLock(DataDirLock&& other) noexcept;
  DataDirLock& operator=(DataDirLock&&) = delete;
  ~DataDirLock();

 private:
  int fd_;
};

// Makes a private directory for sockets: `dir`/run, or one in XDG_RUNTIME_DIR or /tmp if the path
// of a socket would be longer than 107 bytes.
std::filesystem::path make_socket_dir(const std::filesystem::path& dir,
                                      const std::optional<OsAccount>& owner);

// `name` in PATH or in the usual directories of programs; else "".
std::filesystem::path find_program(const std::string& name);

// Renames a log of more than 10 MB to NAME.1.
void rotate_log(const std::filesystem::path& log);

}  // namespace feedctl::dev_servers
