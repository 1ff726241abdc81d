#include "support/frozen_process.hpp"

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/temp_folder.hpp"

namespace feedctl::support {
namespace {

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc{} || end != name.data() + name.size()) continue;
    const auto stat = read_file(entry.path() / "stat");
    const auto after_name = stat.rfind(") ");
    if (after_name == std::string::npos) continue;
    if (std::atoi(stat.c_str() + after_name + 4) == parent) found.push_back(pid);
  }
  return found;
}

}  // namespace

FrozenProcess::FrozenProcess(pid_t parent) {
  stop(parent);  // first: it starts no more then
  for (const auto child : children_of(parent)) stop(child);
}

void FrozenProcess::resume() {
  for (auto pid = stopped_.rbegin(); pid != stopped_.rend(); ++pid) ::kill(*pid, SIGCONT);
  stopped_.clear();
}

void FrozenProcess::stop(pid_t pid) {
  ::kill(pid, SIGSTOP);
  stopped_.push_back(pid);
}

}  // namespace feedctl::support
