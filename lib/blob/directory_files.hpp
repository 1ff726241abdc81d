#pragma once
// Files below the root of a directory store, reached from directory to directory (openat), so that
// no symbolic link is followed. Plain functions; any thread. Failures are Error(unavailable).
#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/file_slice.hpp"
#include "base/time.hpp"
#include "base/unique_fd.hpp"

namespace feedctl::blob {

// "cannot `what`" with the reason, and the hint that belongs to it.
Error file_failure(const std::string& what, int error);
void check_deadline(Deadline deadline);
Time to_time(const timespec& at);

// Makes the root where only its last part is missing, as well as that goes.
void make_root(const std::string& path);
// The root may be a symbolic link, since the operator made it.
UniqueFd open_root(const std::string& path);
// An entry of `parent`; not open where there is none. Error where it is no directory, too.
UniqueFd open_directory(int parent, const std::string& name);
// The same, and makes it where it is missing; not open where it or `parent` is removed meanwhile.
UniqueFd make_directory(int parent, const std::string& name);
// Where root runs us, what we make in `parent` must stay writable for the service.
void give_to_owner(int parent, int made);
// As open_directory() where all `parts` exist; `root` is borrowed.
UniqueFd open_path(int root, const std::vector<std::string_view>& parts);

// A key's directories, and its last segment.
struct KeyPath {
  std::vector<std::string_view> directories;
  std::string name;
};
KeyPath split_key(std::string_view key);

void sync(int fd, const std::string& what);
// Copies by pread() and write(). Error(internal): the slice is longer than its file.
void copy_content(const FileSlice& from, int to, Deadline deadline);

}  // namespace feedctl::blob
