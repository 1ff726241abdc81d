#include "blob/directory_listing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <queue>

#include "blob/directory_files.hpp"

namespace feedctl::blob {

namespace {

constexpr std::size_t max_kept_entries = 1000;

bool begins_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// Reads the entries of a directory one by one.
class Entries {
 public:
  explicit Entries(int directory)
      : stream_(::fdopendir(open_directory_again(directory)), &::closedir) {
    if (!stream_) throw file_failure("read a folder of the media directory", errno);
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
  // Each reading has a position of its own.
  static int open_directory_again(int directory) {
    return ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }

  std::unique_ptr<DIR, int (*)(DIR*)> stream_;
};

bool is_directory(int parent, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat status {};
  return ::fstatat(parent, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(status.st_mode);
}

class Walk {
 public:
  Walk(const std::string& prefix, const std::string& after, std::size_t limit, Deadline deadline)
      : prefix_(prefix), after_(after), limit_(limit), deadline_(deadline) {}

  // `path`: of `directory`, empty or with a final slash.
  void run(int directory, const std::string& path) {
    std::string last;  // an entry's path: that of a directory ends with a slash
    while (!is_full()) {
      const auto paths = next_paths(directory, path, last);
      for (const auto& found : paths) {
        if (is_full()) return;
        visit(directory, path, found);
      }
      if (paths.size() < max_kept_entries) return;
      last = paths.back();
    }
  }

  Listing take() {
    Listing listing;
    if (objects_.size() > limit_) {
      objects_.resize(limit_);
      listing.next = objects_.back().key;
    }
    listing.objects = std::move(objects_);
    return listing;
  }

 private:
  bool is_full() const { return objects_.size() > limit_; }

  // The smallest paths above `last`, ascending.
  std::vector<std::string> next_paths(int directory, const std::string& path,
                                      const std::string& last) {
    std::priority_queue<std::string> smallest;
    Entries entries(directory);
    std::size_t count = 0;
    while (const auto* entry = entries.next()) {
      if (++count % 1024 == 0) check_deadline(deadline_);
      if (!is_key(entry->d_name)) continue;
      auto found = path + entry->d_name;
      if (is_directory(directory, *entry)) found += '/';
      if (found <= last || !is_wanted(found)) continue;
      smallest.push(std::move(found));
      if (smallest.size() > max_kept_entries) smallest.pop();
    }
    return to_ascending(smallest);
  }

  static std::vector<std::string> to_ascending(std::priority_queue<std::string>& largest_first) {
    std::vector<std::string> paths;
    for (; !largest_first.empty(); largest_first.pop()) paths.push_back(largest_first.top());
    std::reverse(paths.begin(), paths.end());
    return paths;
  }

  bool is_wanted(const std::string& found) const {
    if (found.back() != '/') return begins_with(found, prefix_) && found > after_;
    return (begins_with(found, prefix_) || begins_with(prefix_, found)) &&
           (found > after_ || begins_with(after_, found));
  }

  void visit(int directory, const std::string& path, const std::string& found) {
    check_deadline(deadline_);
    if (found.back() != '/') return add(directory, found.substr(path.size()), found);
    const auto name = found.substr(path.size(), found.size() - path.size() - 1);
    // It may be gone.
    if (const auto inner = open_directory(directory, name); inner.is_open())
      run(inner.get(), found);
  }

  void add(int directory, const std::string& name, const std::string& key) {
    struct stat status {};
    if (!is_key(key) || ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(status.st_mode))
      return;
    objects_.push_back({key, static_cast<std::uint64_t>(status.st_size), to_time(status.st_mtim)});
  }

  const std::string& prefix_;
  const std::string& after_;
  const std::size_t limit_;
  const Deadline deadline_;
  std::vector<Object> objects_;
};

}  // namespace

Listing list_files(int root, const std::string& prefix, const std::string& after, std::size_t limit,
                   Deadline deadline) {
  const auto path = prefix.substr(0, prefix.rfind('/') + 1);
  const auto directory = open_path(root, split_key(path).directories);
  if (!directory.is_open()) return {};
  Walk walk(prefix, after, limit, deadline);
  walk.run(directory.get(), path);
  return walk.take();
}

}  // namespace feedctl::blob
