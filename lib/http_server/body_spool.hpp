#pragma once
// Temporary files for request bodies that are too large for memory, as the parser receives them.
#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace feedctl::http {

// Bounds the number of body files in all connections and handlers, since each takes one of the
// process's descriptors. Thread-safe; must outlive its files.
class BodySpool {
 public:
  explicit BodySpool(std::size_t max_open) : max_open_(max_open) {}
  bool try_acquire();
  void release() { --open_; }

 private:
  const std::size_t max_open_;
  std::atomic<std::size_t> open_{0};
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
  void write(std::string_view bytes);  // Error(unavailable)
  bool is_open() const { return fd_ >= 0; }
  std::string path() const;  // "/proc/self/fd/N"
  void close();

 private:
  BodySpool* spool_ = nullptr;  // released by close()
  int fd_ = -1;
};

}  // namespace feedctl::http
