#include "feedctl/machine_limits.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace feedctl::cli {

double disk_bytes(const std::string& folder) {
  struct statvfs status {};
  if (::statvfs(folder.c_str(), &status) != 0) return 0;
  return static_cast<double>(status.f_blocks) * static_cast<double>(status.f_frsize);
}

double free_disk_bytes(const std::string& folder) {
  struct statvfs status {};
  if (::statvfs(folder.c_str(), &status) != 0) return 0;
  return static_cast<double>(status.f_bavail) * static_cast<double>(status.f_frsize);
}

double machine_memory_bytes() {
  const auto pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  const double physical =
      pages > 0 && page > 0 ? static_cast<double>(pages) * static_cast<double>(page) : 0;
  double limit = 0;
  // "max" is no number: then there is no limit.
  if (std::ifstream file("/sys/fs/cgroup/memory.max"); file >> limit && limit > 0)
    return physical > 0 ? std::min(physical, limit) : limit;
  return physical;
}

}  // namespace feedctl::cli
