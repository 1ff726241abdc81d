#include "feedctl/bundle/machine_report.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "base/time.hpp"

namespace feedctl::cli::support_bundle {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_file = 64 * 1024;

// Files of /proc have no size.
std::optional<std::string> read_small(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text(max_file, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

void section(std::string& out, const std::string& title, const std::optional<std::string>& text) {
  out += "== " + title + "\n" + text.value_or("not readable") + "\n\n";
}

// Where the control group of this process is, and above it: any of them may have the limit.
void control_groups(std::string& out) {
  const auto line = read_small("/proc/self/cgroup").value_or("");
  const auto at = line.find("0::/");
  if (at == std::string::npos) return;
  const auto name = line.substr(at + 3, line.find('\n', at) - at - 3);
  const fs::path root = "/sys/fs/cgroup";
  std::string text;
  for (fs::path group = root / fs::path(name).relative_path();; group = group.parent_path()) {
    for (const auto* file :
         {"memory.max", "memory.high", "memory.current", "cpu.max", "pids.max"}) {
      if (const auto value = read_small(group / file))
        text += (group / file).string() + ": " + *value + "\n";
    }
    if (group == root || !group.has_parent_path() || group == group.root_path()) break;
  }
  section(out, "control groups", text.empty() ? "no limits are visible" : text);
}

std::string disk_text(const std::vector<std::string>& folders) {
  std::string text;
  for (const auto& folder : folders) {
    struct statvfs status {};
    if (::statvfs(folder.c_str(), &status) != 0) continue;
    const auto bytes = [&](fsblkcnt_t blocks) {
      return std::to_string(blocks * status.f_frsize / (1024 * 1024)) + " MiB";
    };
    text += folder + ": " + bytes(status.f_bavail) + " free of " + bytes(status.f_blocks) + ", " +
            std::to_string(status.f_favail) + " inodes free\n";
  }
  return text;
}

// "name: value" lines of /proc/PID/status that say how a process does.
std::string status_of(const fs::path& process) {
  std::istringstream lines(read_small(process / "status").value_or(""));
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    for (const auto* name : {"State:", "VmRSS:", "VmSwap:", "Threads:"}) {
      if (line.starts_with(name)) text += "  " + line.substr(0, 60);
    }
  }
  std::istringstream limits(read_small(process / "limits").value_or(""));
  for (std::string line; std::getline(limits, line);) {
    if (line.starts_with("Max open files")) text += "\n  " + line;
  }
  std::replace(text.begin(), text.end(), '\t', ' ');
  return text;
}

std::string processes_text() {
  constexpr std::size_t max_processes = 100;
  std::string text;
  std::size_t count = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    if (count == max_processes) break;
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;  // "self"
    if (read_small(entry.path() / "comm").value_or("") != "feedctl") continue;
    auto arguments = read_small(entry.path() / "cmdline").value_or("");
    std::replace(arguments.begin(), arguments.end(), '\0', ' ');
    text +=
        entry.path().filename().string() + "  " + arguments + "\n" + status_of(entry.path()) + "\n";
    ++count;
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::string machine_report(const std::vector<std::string>& folders) {
  std::string out;
  section(out, "time",
          rfc3339(now()) + ", " + std::to_string(std::thread::hardware_concurrency()) +
              " processors for this process");
  for (const auto* file :
       {"/etc/os-release", "/proc/version", "/proc/uptime", "/proc/loadavg", "/proc/meminfo",
        "/proc/pressure/cpu", "/proc/pressure/io", "/proc/pressure/memory", "/proc/self/limits",
        "/proc/sys/net/core/somaxconn", "/proc/sys/net/ipv4/ip_local_port_range",
        "/proc/sys/fs/file-nr", "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/swappiness",
        "/sys/kernel/mm/transparent_hugepage/enabled",
        "/sys/devices/system/clocksource/clocksource0/current_clocksource"})
    section(out, file, read_small(file));
  control_groups(out);
  section(out, "disks", disk_text(folders));
  section(out, "feedctl processes", processes_text());
  return out;
}

}  // namespace feedctl::cli::support_bundle
