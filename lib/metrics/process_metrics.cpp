#include "metrics/process_metrics.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <sstream>

namespace feedctl::metrics {
namespace {

std::string read_file(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The fields of /proc/self/stat behind the process name, which may hold spaces and parentheses.
// Field n of proc(5) is at n - 3.
std::vector<std::string> stat_fields() {
  const auto line = read_file("/proc/self/stat");
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(line.substr(name_end + 1));
  return {std::istream_iterator<std::string>(rest), {}};
}

std::optional<double> boot_time() {
  std::istringstream lines(read_file("/proc/stat"));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("btime ", 0) == 0) return std::stod(line.substr(6));
  }
  return std::nullopt;
}

std::optional<double> open_descriptors() {
  DIR* dir = opendir("/proc/self/fd");
  if (dir == nullptr) return std::nullopt;
  int count = -1;  // the directory's own
  while (const auto* entry = readdir(dir)) count += entry->d_name[0] != '.';
  closedir(dir);
  return count;
}

std::optional<double> max_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  if (limit.rlim_cur == RLIM_INFINITY) return std::numeric_limits<double>::infinity();
  return static_cast<double>(limit.rlim_cur);
}

void add_stat(std::vector<ProcessMetric>& out) {
  const auto fields = stat_fields();
  if (fields.size() < 22) return;
  const auto field = [&](std::size_t n) { return std::stod(fields[n - 3]); };
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  out.push_back({"process_cpu_seconds_total", "User and system CPU time spent in seconds.",
                 (field(14) + field(15)) / ticks, true});
  out.push_back({"process_threads", "Number of threads.", field(20), false});
  out.push_back(
      {"process_virtual_memory_bytes", "Virtual memory size in bytes.", field(23), false});
  out.push_back(
      {"process_resident_memory_bytes", "Resident memory size in bytes.", field(24) * page, false});
  static const auto booted = boot_time();
  if (!booted) return;
  out.push_back({"process_start_time_seconds", "Start time since the Unix epoch in seconds.",
                 *booted + field(22) / ticks, false});
}

}  // namespace

std::vector<ProcessMetric> read_process_metrics() {
  std::vector<ProcessMetric> out;
  add_stat(out);
  if (const auto n = open_descriptors()) {
    out.push_back({"process_open_fds", "Number of open file descriptors.", *n, false});
  }
  if (const auto n = max_descriptors()) {
    out.push_back({"process_max_fds", "Maximum number of open file descriptors.", *n, false});
  }
  return out;
}

}  // namespace feedctl::metrics
