#pragma once
// Writes zip and tar archives by libarchive: also entries that no honest program writes. One
// thread. Throws std::runtime_error. EXTERNAL feedctl_test_archives.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace feedctl::support {

class ArchiveWriter {
 public:
  enum class Format { zip, tar, tar_gz };

  ArchiveWriter(const std::filesystem::path& path, Format format);
  ~ArchiveWriter();  // close()

  ArchiveWriter& add(const std::string& name, std::string_view content);
  ArchiveWriter& add_symbolic_link(const std::string& name, const std::string& target);
  ArchiveWriter& add_hard_link(const std::string& name, const std::string& target);
  ArchiveWriter& add_device(const std::string& name);
  ArchiveWriter& add_folder(const std::string& name);
  // An entry that comes in pieces, which have `size` bytes together.
  ArchiveWriter& begin(const std::string& name, std::uint64_t size);
  ArchiveWriter& write(std::string_view piece);
  void close();

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

using ArchiveEntries = std::vector<std::pair<std::string, std::string>>;

// Writes the entries and gives the path.
std::filesystem::path write_archive(const std::filesystem::path& path, ArchiveWriter::Format format,
                                    const ArchiveEntries& entries);

}  // namespace feedctl::support
