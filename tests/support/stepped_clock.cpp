#include "support/stepped_clock.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

namespace feedctl::support {

namespace {

namespace fs = std::filesystem;

void* map_eight_bytes(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0 || ::ftruncate(fd, sizeof(std::int64_t)) != 0 || ::fchmod(fd, 0644) != 0) {
    throw std::runtime_error("cannot make " + file.string());
  }
  void* const shared =
      ::mmap(nullptr, sizeof(std::int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (shared == MAP_FAILED) throw std::runtime_error("cannot map " + file.string());
  return shared;
}

}  // namespace

SteppedClock::SteppedClock(const fs::path& folder)
    : library_(folder / "stepped_clock.so"), file_(folder / "clock") {
  // Copied: the build's folder may be closed to the servers' account.
  fs::copy_file(FEEDCTL_STEPPED_CLOCK_LIBRARY, library_, fs::copy_options::overwrite_existing);
  fs::permissions(library_, fs::perms(0755));
  offset_us_ = static_cast<volatile std::int64_t*>(map_eight_bytes(file_));
}

SteppedClock::~SteppedClock() {
  ::munmap(const_cast<std::int64_t*>(offset_us_), sizeof *offset_us_);
}

void SteppedClock::set(std::chrono::microseconds offset) {
  *offset_us_ = offset.count();
}

std::vector<std::string> SteppedClock::environment() const {
  return {"LD_PRELOAD=" + library_.string(), "FEEDCTL_STEPPED_CLOCK=" + file_.string()};
}

}  // namespace feedctl::support
