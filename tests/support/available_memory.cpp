#include "support/available_memory.hpp"

#include <algorithm>
#include <fstream>

namespace feedctl::support {

namespace fs = std::filesystem;

namespace {

// The number after `name` in a file of such lines; 0 if it is not there.
std::uint64_t number_after(const fs::path& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(name + " ", 0) == 0) return std::stoull(line.substr(name.size()));
  }
  return 0;
}

std::optional<std::uint64_t> headroom_of(const fs::path& folder) {
  std::uint64_t limit = 0, used = 0;
  if (!(std::ifstream(folder / "memory.max") >> limit)) return std::nullopt;  // or "max"
  if (!(std::ifstream(folder / "memory.current") >> used)) return std::nullopt;
  used -= std::min(used, number_after(folder / "memory.stat", "inactive_file"));
  return limit - std::min(limit, used);
}

// "" unless control groups v2 are in use.
std::string own_cgroup() {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("0::/", 0) == 0) return line.substr(3);
  }
  return "";
}

}  // namespace

std::optional<std::uint64_t> cgroup_headroom(const fs::path& root, const std::string& group) {
  std::optional<std::uint64_t> least = headroom_of(root);
  auto folder = root;
  for (const auto& part : fs::path(group).relative_path()) {
    folder /= part;
    const auto here = headroom_of(folder);
    if (here) least = std::min(*here, least.value_or(*here));
  }
  return least;
}

std::uint64_t available_memory() {
  const auto of_machine = number_after("/proc/meminfo", "MemAvailable:") * 1024;
  const auto of_group = cgroup_headroom("/sys/fs/cgroup", own_cgroup());
  return of_group ? std::min(of_machine, *of_group) : of_machine;
}

}  // namespace feedctl::support
