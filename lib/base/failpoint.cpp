#include "base/failpoint.hpp"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace feedctl::failpoint {

void reach(std::string_view name, std::int64_t value) {
  static const char* set = std::getenv("FEEDCTL_FAILPOINT");
  if (set == nullptr) return;
  if (std::string(name) + ':' + std::to_string(value) == set) ::kill(::getpid(), SIGKILL);
}

}  // namespace feedctl::failpoint
