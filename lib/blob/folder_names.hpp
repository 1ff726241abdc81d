#pragma once
// The entries of folders in the order of their paths' bytes, in bounded memory. Of a large folder
// it remembers the part that it has read last, so that the pages of a listing do not read the
// folder again and again. Thread-safe. Failures are Error(unavailable).
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace feedctl::blob {

// The entries of a folder from `from` on. The path of a folder is empty or ends with a slash.
struct FolderPart {
  std::string folder;
  std::string from;
  std::vector<std::string> paths;  // ascending, and only valid keys
  bool is_last = false;            // no entry follows
};

class FolderNames {
 public:
  explicit FolderNames(std::size_t max_paths = 65'536) : max_paths_(max_paths) {}

  // A part that holds the first entries that are not less than `from`, perhaps with some before
  // them. Of a remembered part entries may be gone, and newer ones missing.
  std::shared_ptr<const FolderPart> read(int directory, const std::string& folder,
                                         const std::string& from, Deadline deadline);
  void forget();

 private:
  std::shared_ptr<const FolderPart> remembered(const std::string& folder,
                                               const std::string& from) const;

  const std::size_t max_paths_;
  mutable std::mutex mutex_;
  std::shared_ptr<const FolderPart> part_;
};

}  // namespace feedctl::blob
