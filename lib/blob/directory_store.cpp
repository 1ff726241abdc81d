#include "blob/directory_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "blob/directory_files.hpp"
#include "blob/directory_listing.hpp"
#include "blob/incoming_file.hpp"

namespace feedctl::blob {

namespace {

const failpoint::Point directory_write{"blob.directory.write"};
const failpoint::Point directory_rename{"blob.directory.rename"};
const failpoint::Point directory_renamed{"blob.directory.renamed"};

// Removals of empty directories may take away what put() has just opened.
constexpr int max_moves = 10;

// The directories of a key, from the root's entry to the last one.
using Directories = std::vector<UniqueFd>;

Directories make_directories(int root, const std::vector<std::string_view>& names) {
  Directories opened;
  opened.push_back(open_directory(root, "."));
  for (const auto name : names) {
    const int parent = opened.back().get();
    const std::string text(name);
    auto made = make_directory(parent, text);
    if (!made.is_open()) return {};  // somebody removed it
    opened.push_back(std::move(made));
  }
  return opened;
}

// From the file's own upwards. All of them: another writer may have made one and not yet synced it.
void sync_all(const Directories& directories) {
  for (auto at = directories.rbegin(); at != directories.rend(); ++at)
    sync(at->get(), "a folder of the media directory");
}

void move_to_place(int root, IncomingFile& file, const KeyPath& path) {
  for (int i = 0; i < max_moves; ++i) {
    const auto directories = make_directories(root, path.directories);
    if (directories.empty() || !file.move_to(directories.back().get(), path.name)) continue;
    directory_renamed.hit();
    return sync_all(directories);
  }
  throw Error(ErrorCode::unavailable,
              "the folder of a file in the media directory is removed again "
              "and again");
}

// nullopt: there is none. Directories are no objects.
std::optional<struct stat> status_of(int directory, const std::string& name) {
  struct stat status {};
  if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::nullopt;
    throw file_failure("look at a file in the media directory", errno);
  }
  if (S_ISDIR(status.st_mode)) return std::nullopt;
  if (!S_ISREG(status.st_mode)) throw file_failure("read what is no file", ELOOP);
  return status;
}

// From the innermost one; the first that is not empty ends it.
void remove_empty_directories(int root, std::vector<std::string_view> names) {
  while (!names.empty()) {
    const std::string name(names.back());
    names.pop_back();
    const auto parent = open_path(root, names);
    if (!parent.is_open() || ::unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR) != 0) return;
  }
}

}  // namespace

DirectoryStore::DirectoryStore(std::string path) : path_(std::move(path)) {
  make_root(path_);
}

void DirectoryStore::put(const std::string& key, const FileSlice& content,
                         const std::string& /*content_type*/, Deadline deadline) {
  check_key(key);
  check_deadline(deadline);
  const auto root = open_root(path_);
  IncomingFile file(root.get());
  directory_write.hit();
  copy_content(content, file.fd(), deadline);
  sync(file.fd(), "a file in the media directory");
  directory_rename.hit();
  move_to_place(root.get(), file, split_key(key));
  names_.forget();
}

std::optional<OpenObject> DirectoryStore::open(const std::string& key, std::size_t max_size,
                                               Deadline deadline) {
  check_key(key);
  check_deadline(deadline);
  const auto path = split_key(key);
  const auto directory = open_path(open_root(path_).get(), path.directories);
  if (!directory.is_open() || !status_of(directory.get(), path.name)) return std::nullopt;
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  UniqueFd file(::openat(directory.get(), path.name.c_str(), flags));
  if (!file.is_open() && errno == ENOENT) return std::nullopt;
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0)
    throw file_failure("open a file in the media directory", errno);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > max_size)
    throw Error(ErrorCode::unavailable, "a stored object is larger than expected");
  return OpenObject{std::move(file), size};
}

std::optional<Object> DirectoryStore::head(const std::string& key, Deadline deadline) {
  check_key(key);
  check_deadline(deadline);
  const auto path = split_key(key);
  const auto directory = open_path(open_root(path_).get(), path.directories);
  if (!directory.is_open()) return std::nullopt;
  const auto status = status_of(directory.get(), path.name);
  if (!status) return std::nullopt;
  return Object{key, static_cast<std::uint64_t>(status->st_size), to_time(status->st_mtim)};
}

void DirectoryStore::remove(const std::string& key, Deadline deadline) {
  check_key(key);
  check_deadline(deadline);
  const auto path = split_key(key);
  const auto root = open_root(path_);
  const auto directory = open_path(root.get(), path.directories);
  if (!directory.is_open()) return;
  const bool is_removed = ::unlinkat(directory.get(), path.name.c_str(), 0) == 0;
  if (!is_removed && errno != ENOENT && errno != EISDIR)
    throw file_failure("remove a file of the media directory", errno);
  sync(directory.get(), "a folder of the media directory");
  remove_empty_directories(root.get(), path.directories);
}

Listing DirectoryStore::list(const std::string& prefix, const std::string& after, std::size_t limit,
                             Deadline deadline) {
  check_prefix(prefix);
  check_deadline(deadline);
  const auto root = open_root(path_);
  if (after.empty()) {
    remove_leftovers(root.get(), now());
    names_.forget();
  }
  return list_files(root.get(), prefix, after, limit, names_, deadline);
}

std::optional<std::string> DirectoryStore::presigned_link(const std::string& /*key*/, Time /*now*/,
                                                          std::chrono::seconds /*ttl*/) const {
  return std::nullopt;
}

std::optional<UploadForm> DirectoryStore::presigned_upload(const std::string& /*key*/,
                                                           const std::string& /*content_type*/,
                                                           std::size_t /*max_size*/, Time /*now*/,
                                                           std::chrono::seconds /*ttl*/) const {
  return std::nullopt;
}

}  // namespace feedctl::blob
