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
#include "feedctl/doctor/findings.hpp"

namespace feedctl::cli::checks {

namespace {

constexpr std::size_t writes = 50;
constexpr double slow_ms = 2.0;
constexpr double gibibyte = 1024.0 * 1024.0 * 1024.0;

std::string number(double value, const char* format) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

// Milliseconds of each pwrite + fdatasync of one 8 KiB page, ascending: what a commit waits for.
std::array<double, writes> measure(const std::string& folder) {
  std::string name = folder + "/.feedctl-doctor-XXXXXX";
  const int fd = ::mkstemp(name.data());
  if (fd < 0)
    throw Error(ErrorCode::failed, "cannot write in " + folder + ": " + std::strerror(errno))
        .with_hint("feedctl doctor --folder FOLDER");
  ::unlink(name.c_str());
  const std::array<char, 8192> page{};
  std::array<double, writes> times{};
  for (std::size_t i = 0; i < writes; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const auto written =
        ::pwrite(fd, page.data(), page.size(), static_cast<off_t>(i * page.size()));
    if (written != static_cast<ssize_t>(page.size()) || ::fdatasync(fd) != 0) {
      const int error = errno;
      ::close(fd);
      throw Error(ErrorCode::failed, "cannot write in " + folder + ": " + std::strerror(error))
          .with_hint("feedctl doctor --folder FOLDER");
    }
    times[i] =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  }
  ::close(fd);
  std::sort(times.begin(), times.end());
  return times;
}

bool in_memory(const std::string& folder) {
  struct statfs status {};
  return ::statfs(folder.c_str(), &status) == 0 &&
         (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}

void check_fdatasync(Findings& findings, const std::string& folder) {
  const auto times = measure(folder);
  const double median = times[writes / 2];
  Finding finding{"fdatasync", Level::ok, "", "", median};
  finding.text = number(median, "%.3f") + " ms (median of 50; slowest " +
                 number(times.back(), "%.3f") + " ms) in " + folder + ": one after another " +
                 number(1000 / std::max(median, 0.001), "%.0f") +
                 " commits/s, so as many likes/s of one post";
  if (in_memory(folder)) {
    finding.level = Level::warning;
    finding.text = folder + " lies in memory, which tells nothing about a disk";
    finding.fix = "feedctl doctor --folder FOLDER, on the disk of PostgreSQL's data";
  } else if (median > slow_ms) {
    finding.level = Level::warning;
    finding.fix = "put PostgreSQL's pg_wal on a disk with a write cache that survives power loss";
  }
  findings.push_back(std::move(finding));
}

void check_room(Findings& findings, const std::string& folder) {
  struct statvfs status {};
  if (::statvfs(folder.c_str(), &status) != 0)
    throw Error(ErrorCode::failed, "cannot look at " + folder + ": " + std::strerror(errno));
  const double free = static_cast<double>(status.f_bavail) * static_cast<double>(status.f_frsize);
  const double total = static_cast<double>(status.f_blocks) * static_cast<double>(status.f_frsize);
  const double share = total > 0 ? 100 * free / total : 0;
  Finding finding{
      "room", Level::ok,
      number(free / gibibyte, "%.1f") + " GiB free (" + number(share, "%.0f") + "%) in " + folder,
      "", free};
  if (free < gibibyte || share < 5) {
    finding.level = free < gibibyte / 4 ? Level::error : Level::warning;
    finding.fix = "make room, or give the disk more";
  }
  findings.push_back(std::move(finding));
}

}  // namespace

void check_disk(Findings& findings, const std::string& folder) {
  guarded(findings, "fdatasync", [&] { check_fdatasync(findings, folder); });
  guarded(findings, "room", [&] { check_room(findings, folder); });
}

}  // namespace feedctl::cli::checks
