#include "operations/doctor_disk.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/error.hpp"

namespace feedctl::operations {

namespace {

constexpr std::size_t measured_writes = 50;
constexpr double max_median_ms = 2.0;
constexpr double gibibyte = 1024.0 * 1024.0 * 1024.0;

std::string format_number(double value, const char* format) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

// Milliseconds of each pwrite + fdatasync of one 8 KiB page, ascending: what a commit waits for.
std::array<double, measured_writes> measure_fdatasync_ms(const std::string& dir) {
  std::string name = dir + "/.feedctl-doctor-XXXXXX";
  const int fd = ::mkstemp(name.data());
  if (fd < 0)
    throw Error(ErrorCode::failed, "cannot write in " + dir + ": " + std::strerror(errno))
        .with_hint("feedctl doctor --folder FOLDER");
  ::unlink(name.c_str());
  const std::array<char, 8192> page{};
  std::array<double, measured_writes> times{};
  for (std::size_t i = 0; i < measured_writes; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const auto written =
        ::pwrite(fd, page.data(), page.size(), static_cast<off_t>(i * page.size()));
    if (written != static_cast<ssize_t>(page.size()) || ::fdatasync(fd) != 0) {
      const int error = errno;
      ::close(fd);
      throw Error(ErrorCode::failed, "cannot write in " + dir + ": " + std::strerror(error))
          .with_hint("feedctl doctor --folder FOLDER");
    }
    times[i] =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  }
  ::close(fd);
  std::sort(times.begin(), times.end());
  return times;
}

bool is_in_memory(const std::string& dir) {
  struct statfs status {};
  return ::statfs(dir.c_str(), &status) == 0 &&
         (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}

void check_fdatasync(Findings& findings, const std::string& dir) {
  const auto times = measure_fdatasync_ms(dir);
  const double median = times[measured_writes / 2];
  Finding finding{"fdatasync", Severity::ok, "", "", median};
  finding.text = format_number(median, "%.3f") + " ms (median of 50; slowest " +
                 format_number(times.back(), "%.3f") + " ms) in " + dir + ": one after another " +
                 format_number(1000 / std::max(median, 0.001), "%.0f") +
                 " commits/s, so as many likes/s of one post";
  if (is_in_memory(dir)) {
    finding.severity = Severity::warning;
    finding.text = dir + " lies in memory, which tells nothing about a disk";
    finding.fix = "feedctl doctor --folder FOLDER, on the disk of PostgreSQL's data";
  } else if (median > max_median_ms) {
    finding.severity = Severity::warning;
    finding.fix = "put PostgreSQL's pg_wal on a disk with a write cache that survives power loss";
  }
  findings.push_back(std::move(finding));
}

}  // namespace

void check_free_space(Findings& findings, const std::string& name, const std::string& dir) {
  struct statvfs status {};
  if (::statvfs(dir.c_str(), &status) != 0)
    throw Error(ErrorCode::failed, "cannot look at " + dir + ": " + std::strerror(errno));
  const double free = static_cast<double>(status.f_bavail) * static_cast<double>(status.f_frsize);
  const double total = static_cast<double>(status.f_blocks) * static_cast<double>(status.f_frsize);
  const double share = total > 0 ? 100 * free / total : 0;
  Finding finding{name, Severity::ok,
                  format_number(free / gibibyte, "%.1f") + " GiB free (" +
                      format_number(share, "%.0f") + "%) in " + dir,
                  "", free};
  if (free < gibibyte || share < 5) {
    finding.severity = free < gibibyte / 4 ? Severity::error : Severity::warning;
    finding.fix = "make room, or give the disk more";
  }
  findings.push_back(std::move(finding));
}

void check_disk(Findings& findings, const std::string& dir) {
  run_check(findings, "fdatasync", [&] { check_fdatasync(findings, dir); });
  run_check(findings, "room", [&] { check_free_space(findings, "room", dir); });
}

}  // namespace feedctl::operations
