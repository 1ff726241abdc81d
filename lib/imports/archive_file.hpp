#pragma once
// A reader of archives: zip, tar, tar in gzip, or one .json, .js or .car file, bare or in gzip. It
// wraps libarchive and holds one buffer of each entry; nothing is written to disk. Entries whose
// names are absolute or climb ("..") and entries that are no regular files are skipped and counted.
// The file is opened once. One thread. Error(bad_data) names the file and the entry: not an
// archive, damaged, encrypted, packed by another method than deflate, or beyond the limits.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/error.hpp"

namespace feedctl::imports {

struct ArchiveLimits {
  std::size_t max_entries = 1'000'000;
  std::uint64_t max_bytes = std::uint64_t{64} << 30;   // decompressed
  std::uint64_t max_ratio = 200;                       // of decompressed to compressed bytes
  std::uint64_t ratio_from = std::uint64_t{64} << 20;  // the ratio counts above so many bytes
};

class ArchiveFile {
 public:
  struct Entry {
    std::string name;                   // relative, UTF-8, with single slashes, without "./"
    std::optional<std::uint64_t> size;  // as the archive claims
  };

  static ArchiveFile open(const std::filesystem::path& path, const ArchiveLimits& limits = {});
  ArchiveFile(ArchiveFile&&) noexcept;
  ArchiveFile& operator=(ArchiveFile&&) noexcept;
  ~ArchiveFile();

  // The next regular file; the rest of the one before is skipped. nullopt: the end.
  std::optional<Entry> next();
  // Some bytes of the current entry; 0: its end.
  std::size_t read(std::span<char> buffer);
  // Begins again before the first entry, also with counting.
  void rewind();

  // The file is no archive but one file, perhaps in gzip.
  bool is_bare() const;
  // Entries that next() has passed by because their name or kind is unsafe.
  std::size_t skipped_entries() const;
  // "archive.zip" or "archive.zip: outbox.json", for messages.
  std::string where() const;
  // An error of this archive and entry.
  Error bad_data(const std::string& what) const;

 private:
  class Reader;
  explicit ArchiveFile(std::unique_ptr<Reader> reader);
  std::unique_ptr<Reader> reader_;
};

}  // namespace feedctl::imports
