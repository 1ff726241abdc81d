#pragma once
// Temporary files for request bodies that are too large for memory, as the parser receives them.
#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace feedctl::http {

// Bounds the body files in all connections and handlers: their number, since each takes one of the
// process's descriptors, and their bytes. Thread-safe; must outlive its files.
class BodySpool {
 public:
  BodySpool(std::size_t max_open, std::size_t max_bytes)
      : max_open_(max_open), max_bytes_(max_bytes) {}
  bool try_acquire();
  void release() { --open_; }
  bool try_reserve(std::size_t bytes);
  void free(std::size_t bytes) { bytes_ -= bytes; }

  // Whether the folder of the files is a file system in memory, as /tmp may be.
  static bool is_in_memory();

 private:
  const std::size_t max_open_;
  const std::size_t max_bytes_;
  std::atomic<std::size_t> open_{0};
  std::atomic<std::size_t> bytes_{0};
};

// One unlinked temporary file; it exists for as long as this object. One thread at a time.
class SpooledFile {
 public:
  SpooledFile() = default;
  SpooledFile(SpooledFile&& other) noexcept { *this = std::move(other); }
  SpooledFile& operator=(SpooledFile&& other) noexcept;
  ~SpooledFile() { close(); }

  // Error(unavailable), also where `spool` is full. Without a spool only the system bounds it.
  static SpooledFile create(BodySpool* spool);
  void write(std::string_view bytes);  // Error(unavailable), also beyond the spool's bytes
  bool is_open() const { return fd_ >= 0; }
  std::string path() const;  // "/proc/self/fd/N"
  void close();

 private:
  BodySpool* spool_ = nullptr;  // released by close()
  int fd_ = -1;
  std::size_t reserved_bytes_ = 0;
};

}  // namespace feedctl::http
