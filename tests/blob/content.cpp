#include "content.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <random>
#include <stdexcept>

namespace feedctl::blob {

Content::Content(const std::string& bytes)
    : file_(::memfd_create("feedctl-test", MFD_CLOEXEC)), size_(bytes.size()) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto written = ::write(file_.get(), bytes.data() + done, bytes.size() - done);
    if (written <= 0) throw std::runtime_error("no memory for a content");
    done += static_cast<std::size_t>(written);
  }
}

std::string read_object(const OpenObject& object) {
  std::string bytes(object.size, '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto got = ::pread(object.file.get(), bytes.data() + done, bytes.size() - done,
                             static_cast<off_t>(done));
    if (got <= 0) throw std::runtime_error("an object is shorter than its size");
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::string make_bytes(std::size_t size) {
  std::mt19937 random(20130524);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random() & 0xff);
  return bytes;
}

Deadline patient_deadline() {
  return Deadline::after(std::chrono::minutes{5});
}

}  // namespace feedctl::blob
