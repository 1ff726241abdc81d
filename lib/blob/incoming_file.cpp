#include "blob/incoming_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "base/encoding.hpp"
#include "blob/directory_files.hpp"

namespace feedctl::blob {

namespace {

// A writer locks its file right after it has made it.
constexpr std::chrono::minutes min_age{10};
constexpr std::size_t random_size = 16;

UniqueFd make_folder(int root) {
  auto folder = make_directory(root, incoming_folder);
  if (!folder.is_open()) throw file_failure("open a folder of the media directory", ENOENT);
  return folder;
}

std::string random_name() {
  std::string name;
  for (const char c : random_bytes(random_size))
    append_hex_byte(name, static_cast<unsigned char>(c));
  return name;
}

bool is_old(int folder, const char* name, Time now) {
  struct stat status {};
  if (::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
  return Time{std::chrono::seconds{status.st_mtim.tv_sec}} < now - min_age;
}

void remove_if_abandoned(int folder, const char* name) {
  // Over NFS only a file that is open for writing can be locked.
  const UniqueFd file(::openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  const bool is_held = file.is_open() && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0;
  if (!is_held) ::unlinkat(folder, name, 0);
}

}  // namespace

IncomingFile::IncomingFile(int root) : folder_(make_folder(root)), name_(random_name()) {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  file_ = UniqueFd(::openat(folder_.get(), name_.c_str(), flags, 0640));
  if (!file_.is_open()) throw file_failure("make a file in the media directory", errno);
  ::flock(file_.get(), LOCK_EX | LOCK_NB);
  give_to_owner(folder_.get(), file_.get());
}

IncomingFile::~IncomingFile() {
  if (!name_.empty()) ::unlinkat(folder_.get(), name_.c_str(), 0);
}

bool IncomingFile::move_to(int directory, const std::string& name) {
  if (::renameat(folder_.get(), name_.c_str(), directory, name.c_str()) == 0) {
    name_.clear();
    return true;
  }
  if (errno == ENOENT) return false;
  throw file_failure("put a file in its place in the media directory", errno);
}

void remove_leftovers(int root, Time now) {
  auto folder = open_directory(root, incoming_folder);
  if (!folder.is_open()) return;
  const int listed = ::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(listed), &::closedir);
  if (!entries) return;
  while (const auto* entry = ::readdir(entries.get())) {
    if (entry->d_name[0] != '.' && is_old(folder.get(), entry->d_name, now))
      remove_if_abandoned(folder.get(), entry->d_name);
  }
}

}  // namespace feedctl::blob
