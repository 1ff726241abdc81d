#include "base/failpoint.hpp"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

namespace feedctl::failpoint {

namespace {

bool is_set(std::string_view name, std::int64_t value) {
  static const char* set = std::getenv("FEEDCTL_FAILPOINT");
  return set != nullptr && std::string(name) + ':' + std::to_string(value) == set;
}

}  // namespace

void crash_if(std::string_view name, std::int64_t value) {
  if (is_set(name, value)) ::kill(::getpid(), SIGKILL);
}

void stall_if(std::string_view name, std::int64_t value) {
  if (is_set(name, value)) std::this_thread::sleep_for(std::chrono::minutes{1});
}

std::int64_t value_of(std::string_view name) {
  const char* set = std::getenv("FEEDCTL_FAILPOINT");
  const std::string wanted = std::string(name) + ':';
  if (set == nullptr || std::string_view(set).substr(0, wanted.size()) != wanted) return 0;
  return std::strtoll(set + wanted.size(), nullptr, 10);
}

}  // namespace feedctl::failpoint
