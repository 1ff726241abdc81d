#include "operations/archive_writer.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace feedctl::operations {

namespace {

constexpr mode_t owner_only = S_IRUSR | S_IWUSR;

[[noreturn]] void fail_to_create(const std::filesystem::path& path, int reason) {
  Error error(ErrorCode::failed, "cannot create " + path.string() + ": " + std::strerror(reason));
  std::move(error).with_hint(reason == EEXIST ? "name another file, or remove that one"
                                              : "name a file in a folder that you may write to");
  throw error;
}

// A file without a name, which no exit of the process can leave behind; -1: the file system has
// none.
int open_nameless(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  return ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, owner_only);
}

int open_new(const std::filesystem::path& path) {
  const int fd =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, owner_only);
  if (fd < 0) fail_to_create(path, errno);
  return fd;
}

}  // namespace

class ArchiveWriter::Archive {
 public:
  explicit Archive(const std::filesystem::path& path) : path_(path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0) fail_to_create(path, EEXIST);
    fd_ = open_nameless(path);
    has_name_ = fd_ < 0;
    if (has_name_) fd_ = open_new(path);
    try {
      check(::archive_write_set_format_pax_restricted(out_));
      check(::archive_write_add_filter_gzip(out_));
      check(::archive_write_open_fd(out_, fd_));
    } catch (...) {
      discard();
      throw;
    }
  }
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive() { discard(); }

  void add(const std::string& name, std::string_view content, Time modified) {
    auto* entry = ::archive_entry_new();
    ::archive_entry_set_pathname(entry, name.c_str());
    ::archive_entry_set_filetype(entry, AE_IFREG);
    ::archive_entry_set_perm(entry, 0600);
    ::archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    ::archive_entry_set_mtime(entry, unix_us(modified) / 1'000'000, 0);
    const int status = ::archive_write_header(out_, entry);
    ::archive_entry_free(entry);
    check(status);
    if (::archive_write_data(out_, content.data(), content.size()) !=
        static_cast<la_ssize_t>(content.size()))
      fail(::archive_error_string(out_));
  }

  void finish() {
    check(::archive_write_close(out_));
    if (::fsync(fd_) != 0) fail(std::strerror(errno));
    const auto nameless = "/proc/self/fd/" + std::to_string(fd_);
    if (!has_name_ &&
        ::linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) != 0)
      fail_to_create(path_, errno);
    is_finished_ = true;
  }

 private:
  void discard() {
    if (out_ == nullptr) return;
    ::archive_write_free(out_);
    out_ = nullptr;
    if (fd_ < 0) return;
    ::close(fd_);
    if (has_name_ && !is_finished_) ::unlink(path_.c_str());
  }
  void check(int status) const {
    if (status != ARCHIVE_OK) fail(::archive_error_string(out_));
  }
  [[noreturn]] void fail(const char* why) const {
    throw Error(ErrorCode::failed, "cannot write " + path_.string() + ": " +
                                       (why ? why : "libarchive gives no reason"));
  }

  const std::filesystem::path path_;
  int fd_ = -1;
  bool has_name_ = false;
  archive* out_ = ::archive_write_new();
  bool is_finished_ = false;
};

ArchiveWriter::ArchiveWriter(const std::filesystem::path& path)
    : archive_(std::make_unique<Archive>(path)) {}

ArchiveWriter::~ArchiveWriter() = default;

void ArchiveWriter::add(const std::string& name, std::string_view content, Time modified) {
  archive_->add(name, content, modified);
}

void ArchiveWriter::finish() {
  archive_->finish();
}

}  // namespace feedctl::operations
