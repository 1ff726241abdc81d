#include "blob/folder_names.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <queue>

#include "blob/blob_store.hpp"
#include "blob/directory_files.hpp"

namespace feedctl::blob {

namespace {

// A smaller folder is read again in no time.
constexpr std::size_t min_remembered = 100;

// Reads the entries of a directory one by one.
class Entries {
 public:
  explicit Entries(int directory) {
    auto opened = open_directory(directory, ".");  // each reading has a position of its own
    stream_.reset(::fdopendir(opened.get()));
    if (!stream_) throw file_failure("read a folder of the media directory", errno);
    opened.release();
  }

  // nullptr at the end.
  const dirent* next() {
    errno = 0;
    const auto* entry = ::readdir(stream_.get());
    if (entry == nullptr && errno != 0)
      throw file_failure("read a folder of the media directory", errno);
    return entry;
  }

 private:
  std::unique_ptr<DIR, int (*)(DIR*)> stream_{nullptr, &::closedir};
};

bool is_directory(int parent, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat status {};
  return ::fstatat(parent, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(status.st_mode);
}

// The smallest paths, up to a number of them.
class Smallest {
 public:
  explicit Smallest(std::size_t max_size) : max_size_(max_size) {}

  void add(std::string path) {
    is_all_ = is_all_ && paths_.size() < max_size_;
    if (paths_.size() == max_size_) {
      if (path >= paths_.top()) return;
      paths_.pop();
    }
    paths_.push(std::move(path));
  }

  bool is_all() const { return is_all_; }

  std::vector<std::string> take_ascending() {
    std::vector<std::string> paths;
    for (; !paths_.empty(); paths_.pop()) paths.push_back(paths_.top());
    std::reverse(paths.begin(), paths.end());
    return paths;
  }

 private:
  const std::size_t max_size_;
  std::priority_queue<std::string> paths_;
  bool is_all_ = true;
};

FolderPart read_part(int directory, const std::string& folder, const std::string& from,
                     std::size_t max_paths, Deadline deadline) {
  Smallest smallest(max_paths);
  Entries entries(directory);
  std::size_t count = 0;
  while (const auto* entry = entries.next()) {
    if (++count % 1024 == 0) check_deadline(deadline);
    auto path = folder + entry->d_name;
    if (!is_key(path)) continue;
    if (is_directory(directory, *entry)) path += '/';
    if (path >= from) smallest.add(std::move(path));
  }
  return {folder, from, smallest.take_ascending(), smallest.is_all()};
}

}  // namespace

std::shared_ptr<const FolderPart> FolderNames::read(int directory, const std::string& folder,
                                                    const std::string& from, Deadline deadline) {
  if (auto part = remembered(folder, from)) return part;
  auto part =
      std::make_shared<const FolderPart>(read_part(directory, folder, from, max_paths_, deadline));
  if (part->paths.size() < min_remembered) return part;
  const std::lock_guard lock(mutex_);
  part_ = part;
  return part;
}

void FolderNames::forget() {
  const std::lock_guard lock(mutex_);
  part_.reset();
}

std::shared_ptr<const FolderPart> FolderNames::remembered(const std::string& folder,
                                                          const std::string& from) const {
  const std::lock_guard lock(mutex_);
  const bool holds = part_ && part_->folder == folder && from >= part_->from &&
                     (part_->is_last || from <= part_->paths.back());
  return holds ? part_ : nullptr;
}

}  // namespace feedctl::blob
