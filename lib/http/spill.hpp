#pragma once
// Where a request body is kept while it arrives: in memory, and beyond a limit in an unlinked
// temporary file that goes with its owner. One thread at a time.
#include <string>
#include <string_view>

namespace feedctl::http {

class SpilledFile {
 public:
  SpilledFile() = default;
  SpilledFile(SpilledFile&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  SpilledFile& operator=(SpilledFile&& other) noexcept;
  ~SpilledFile() { close(); }

  static SpilledFile create();  // throws Error(unavailable)
  void write(std::string_view bytes);
  bool open() const { return fd_ >= 0; }
  std::string path() const;  // "/proc/self/fd/N"
  void close();

 private:
  int fd_ = -1;
};

}  // namespace feedctl::http
