#pragma once
// Writes a new .tar.gz that only its owner can read. A file that is there is never replaced, and an
// archive that is not finished is removed. One thread. Error(failed): it cannot be written.
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace feedctl::operations {

class ArchiveWriter {
 public:
  explicit ArchiveWriter(const std::filesystem::path& path);
  ~ArchiveWriter();
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  void add(const std::string& name, std::string_view content, Time modified);
  // On the disk when it returns.
  void finish();

 private:
  class Archive;
  std::unique_ptr<Archive> archive_;
};

}  // namespace feedctl::operations
