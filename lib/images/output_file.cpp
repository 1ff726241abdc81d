#include "images/output_file.hpp"

#include <unistd.h>

#include <cerrno>

#include "images/codecs.hpp"

namespace feedctl::images {

namespace {
constexpr std::size_t buffer_size = 64 * 1024;
}

void OutputFile::write(const std::uint8_t* bytes, std::size_t size) {
  buffer_.insert(buffer_.end(), bytes, bytes + size);
  if (buffer_.size() >= buffer_size) flush();
}

std::uint64_t OutputFile::finish() {
  flush();
  return size_;
}

void OutputFile::flush() {
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const auto written = ::write(fd_, buffer_.data() + done, buffer_.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) give_up(Failure::output_too_large);
    done += static_cast<std::size_t>(written);
  }
  size_ += done;
  buffer_.clear();
}

}  // namespace feedctl::images
