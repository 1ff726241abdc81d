#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "localstack/account.hpp"

namespace feedctl::localstack {

// One process at a time works in a folder: an flock on its file `lock`, which the kernel gives back
// however the process ends. Error(lock_held) where another one has it.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  int fd_;
};

// Makes a private folder for sockets: `folder`/run, or, since a socket's path ends at 107 bytes,
// one in the user's run-time folder or /tmp where that would be too long.
std::filesystem::path make_socket_folder(const std::filesystem::path& folder,
                                         const std::optional<Account>& owner);

// `name` in PATH, else in the system's usual folders of programs, or "".
std::filesystem::path find_program(const std::string& name);

// A log that has grown beyond 10 MB becomes NAME.1.
void rotate_log(const std::filesystem::path& log);

}  // namespace feedctl::localstack
