#pragma once
// A file that is being written, under a temporary name in a folder of its own below the root. It is
// locked while its writer runs and removed unless it was put in its place. What a crash left behind
// is not locked. Failures are Error(unavailable). One thread.
#include <string>

#include "base/time.hpp"
#include "base/unique_fd.hpp"

namespace feedctl::blob {

// No segment of a key begins so.
inline constexpr const char* incoming_folder = "~incoming";

class IncomingFile {
 public:
  explicit IncomingFile(int root);  // borrowed for the constructor only
  IncomingFile(const IncomingFile&) = delete;
  IncomingFile& operator=(const IncomingFile&) = delete;
  ~IncomingFile();

  int fd() const { return file_.get(); }
  // Renames it; replaces what is there. False: `directory` was removed meanwhile.
  bool move_to(int directory, const std::string& name);

 private:
  UniqueFd folder_;
  UniqueFd file_;
  std::string name_;  // "": it was moved
};

// Removes the files that no writer holds and that are older than ten minutes.
void remove_leftovers(int root, Time now);

}  // namespace feedctl::blob
