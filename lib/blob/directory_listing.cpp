#include "blob/directory_listing.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "blob/directory_files.hpp"

namespace feedctl::blob {

namespace {

bool begins_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

class Walk {
 public:
  Walk(const std::string& prefix, const std::string& after, std::size_t limit, FolderNames& names,
       Deadline deadline)
      : prefix_(prefix), after_(after), limit_(limit), names_(names), deadline_(deadline) {}

  // `folder`: the path of `directory`, empty or with a final slash.
  void run(int directory, const std::string& folder) {
    auto from = first_wanted(folder);
    while (!is_full()) {
      const auto part = names_.read(directory, folder, from, deadline_);
      auto at = std::lower_bound(part->paths.begin(), part->paths.end(), from);
      for (; at != part->paths.end() && !is_full(); ++at) {
        if (!begins_with(*at, prefix_)) return;
        if (is_wanted(*at)) visit(directory, folder, *at);
      }
      if (part->is_last) return;
      from = part->paths.back() + '\0';
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

  // No wanted entry of the folder is less than that.
  std::string first_wanted(const std::string& folder) const {
    if (!begins_with(after_, folder)) return std::max(folder, prefix_);
    const auto slash = after_.find('/', folder.size());
    return std::max(slash == std::string::npos ? after_ : after_.substr(0, slash + 1), prefix_);
  }

  bool is_wanted(const std::string& path) const {
    return path > after_ || (path.back() == '/' && begins_with(after_, path));
  }

  void visit(int directory, const std::string& folder, const std::string& path) {
    check_deadline(deadline_);
    if (path.back() != '/') return add(directory, path.substr(folder.size()), path);
    const auto name = path.substr(folder.size(), path.size() - folder.size() - 1);
    // It may be gone.
    if (const auto inner = open_directory(directory, name); inner.is_open()) run(inner.get(), path);
  }

  void add(int directory, const std::string& name, const std::string& key) {
    struct stat status {};
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(status.st_mode))
      return;
    objects_.push_back({key, static_cast<std::uint64_t>(status.st_size), to_time(status.st_mtim)});
  }

  const std::string& prefix_;
  const std::string& after_;
  const std::size_t limit_;
  FolderNames& names_;
  const Deadline deadline_;
  std::vector<Object> objects_;
};

}  // namespace

Listing list_files(int root, const std::string& prefix, const std::string& after, std::size_t limit,
                   FolderNames& names, Deadline deadline) {
  const auto path = prefix.substr(0, prefix.rfind('/') + 1);
  const auto directory = open_path(root, split_key(path).directories);
  if (!directory.is_open()) return {};
  Walk walk(prefix, after, limit, names, deadline);
  walk.run(directory.get(), path);
  return walk.take();
}

}  // namespace feedctl::blob
