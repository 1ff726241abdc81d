#pragma once
// Where a request body is kept while it arrives: in memory, and beyond a limit in an unlinked
// temporary file that goes with its owner. A file belongs to one thread at a time.
#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace feedctl::http {

// How many such files there may be at once, in all connections and handlers: each takes one of the
// process's descriptors. Thread-safe; outlives its files.
class BodyFiles {
 public:
  explicit BodyFiles(std::size_t most) : most_(most) {}
  bool take();
  void give_back() { --open_; }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> open_{0};
};

class SpilledFile {
 public:
  SpilledFile() = default;
  SpilledFile(SpilledFile&& other) noexcept { *this = std::move(other); }
  SpilledFile& operator=(SpilledFile&& other) noexcept;
  ~SpilledFile() { close(); }

  // Error(unavailable), also where `files` has no place. nullptr: whatever the system allows.
  static SpilledFile create(BodyFiles* files);
  void write(std::string_view bytes);
  bool open() const { return fd_ >= 0; }
  std::string path() const;  // "/proc/self/fd/N"
  void close();

 private:
  BodyFiles* files_ = nullptr;  // where its place is to be given back
  int fd_ = -1;
};

// What is in such a file, by its path. Error(unavailable) where it cannot be read: no descriptor is
// left, or the disk is ill.
std::string read_spilled(const std::string& path);

}  // namespace feedctl::http
