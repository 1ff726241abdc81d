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

std::int64_t value_of(std::string_view name) {
  const char* set = std::getenv("FEEDCTL_FAILPOINT");
  const std::string wanted = std::string(name) + ':';
  if (set == nullptr || std::string_view(set).substr(0, wanted.size()) != wanted) return 0;
  return std::strtoll(set + wanted.size(), nullptr, 10);
}

}  // namespace feedctl::failpoint
