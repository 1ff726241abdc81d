#include "base/memory_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace feedctl {

UniqueFd make_memory_file(const char* name, std::string_view content) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC));
  for (std::size_t done = 0; file.is_open() && done < content.size();) {
    const auto written = ::pwrite(file.get(), content.data() + done, content.size() - done,
                                  static_cast<off_t>(done));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const int error = written == 0 ? ENOSPC : errno;
      file.reset();
      errno = error;
      break;
    }
    done += static_cast<std::size_t>(written);
  }
  return file;
}

}  // namespace feedctl
