#pragma once
// How much memory a process has in use, in bytes: this one, or another.
#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <string>

namespace feedctl::support {

inline std::int64_t resident_bytes(pid_t pid = ::getpid()) {
  std::int64_t size = 0, resident = 0;
  std::ifstream("/proc/" + std::to_string(pid) + "/statm") >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

}  // namespace feedctl::support
