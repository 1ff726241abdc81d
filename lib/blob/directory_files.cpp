#include "blob/directory_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"

namespace feedctl::blob {

namespace {

constexpr std::size_t copy_size = 64 * 1024;
constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

std::string hint_for(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "make room in media.directory, or raise its quota";
    case EACCES:
    case EPERM:
      return "let the account of feedctl write in media.directory";
    case EROFS:
      return "mount the file system of media.directory for writing";
    case ELOOP:
    case ENOTDIR:
      return "only feedctl may make the directories and files below media.directory";
    case EXDEV:
      return "everything below media.directory must be on one file system";
    case ENOENT:
      return "make media.directory, or mount its disk";
    default:
      return "look at the disk of media.directory";
  }
}

void write_all(int fd, const char* bytes, std::size_t size) {
  while (size > 0) {
    const auto written = ::write(fd, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw file_failure("write a file in the media directory", errno);
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
}

}  // namespace

Error file_failure(const std::string& what, int error) {
  return Error(ErrorCode::unavailable, "cannot " + what)
      .with_detail(std::strerror(error))
      .with_hint(hint_for(error));
}

void check_deadline(Deadline deadline) {
  if (deadline.is_expired())
    throw Error(ErrorCode::unavailable, "the media directory did not answer in time");
}

void make_root(const std::string& path) {
  if (::mkdir(path.c_str(), 0750) != 0) return;
  const UniqueFd root(::open(path.c_str(), directory_flags));
  const UniqueFd parent(::openat(root.get(), "..", directory_flags));
  give_to_owner(parent.get(), root.get());
  ::fsync(parent.get());
}

UniqueFd open_root(const std::string& path) {
  UniqueFd root(::open(path.c_str(), directory_flags));
  if (!root.is_open()) throw file_failure("open the media directory", errno);
  return root;
}

UniqueFd open_directory(int parent, const std::string& name) {
  UniqueFd opened(::openat(parent, name.c_str(), directory_flags | O_NOFOLLOW));
  if (!opened.is_open() && errno != ENOENT)
    throw file_failure("open a folder of the media directory", errno);
  return opened;
}

UniqueFd make_directory(int parent, const std::string& name) {
  const bool is_made = ::mkdirat(parent, name.c_str(), 0750) == 0;
  if (!is_made && errno != EEXIST && errno != ENOENT)
    throw file_failure("make a folder in the media directory", errno);
  auto made = open_directory(parent, name);
  if (is_made && made.is_open()) give_to_owner(parent, made.get());
  return made;
}

void give_to_owner(int parent, int made) {
  struct stat status {};
  if (::geteuid() != 0 || ::fstat(parent, &status) != 0) return;
  // Some file systems have no owners.
  if (::fchown(made, status.st_uid, status.st_gid) != 0) return;
}

UniqueFd open_path(int root, const std::vector<std::string_view>& parts) {
  UniqueFd at = open_directory(root, ".");
  for (const auto part : parts) {
    if (!at.is_open()) break;
    at = open_directory(at.get(), std::string(part));
  }
  return at;
}

Time to_time(const timespec& at) {
  return Time{std::chrono::seconds{at.tv_sec} + std::chrono::microseconds{at.tv_nsec / 1000}};
}

KeyPath split_key(std::string_view key) {
  KeyPath path;
  while (key.find('/') != std::string_view::npos) path.directories.push_back(next_field(key, '/'));
  path.name = std::string(key);
  return path;
}

void sync(int fd, const std::string& what) {
  if (::fsync(fd) != 0) throw file_failure("make " + what + " durable", errno);
}

void copy_content(const FileSlice& from, int to, Deadline deadline) {
  std::array<char, copy_size> buffer;
  for (std::size_t done = 0; done < from.size;) {
    check_deadline(deadline);
    const auto piece = read_piece(from, done, buffer);
    if (piece.empty())
      throw Error(ErrorCode::internal, "the content to store is shorter than announced");
    write_all(to, piece.data(), piece.size());
    done += piece.size();
  }
}

}  // namespace feedctl::blob
