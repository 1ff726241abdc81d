#include "dev_servers/postgres_files.hpp"

#include <signal.h>
#include <sys/stat.h>

#include <cctype>
#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "dev_servers/child_process.hpp"

namespace feedctl::dev_servers {
namespace {

namespace fs = std::filesystem;

std::string first_word(const fs::path& file) {
  std::ifstream in(file);
  std::string word;
  in >> word;
  return word;
}

// Processes named postgres whose working directory is `data`, as for each process of its server. If
// the working directory cannot be read, the account of the process must own `data`.
std::vector<pid_t> server_processes(const fs::path& data) {
  std::vector<pid_t> found;
  struct stat of_data {};
  if (::stat(data.c_str(), &of_data) != 0) return found;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator("/proc", failure)) {
    const std::string name = entry.path().filename();
    if (std::isdigit(static_cast<unsigned char>(name[0])) == 0) continue;
    if (first_word(entry.path() / "comm") != "postgres") continue;
    if (has_ended(std::stoi(name))) continue;
    struct stat owner {};
    struct stat dir {};
    if (::stat(entry.path().c_str(), &owner) != 0) continue;
    const bool readable = ::stat((entry.path() / "cwd").c_str(), &dir) == 0;
    const bool same = dir.st_dev == of_data.st_dev && dir.st_ino == of_data.st_ino;
    if (readable ? same : owner.st_uid == of_data.st_uid) found.push_back(std::stoi(name));
  }
  return found;
}

}  // namespace

std::string cluster_version(const fs::path& data) {
  return first_word(data / "PG_VERSION");
}

void clear_stale_pid(const fs::path& data) {
  const auto file = data / "postmaster.pid";
  if (!fs::exists(file)) return;
  const auto begin = std::chrono::steady_clock::now();
  int escalation = 0;
  for (auto left = server_processes(data); !left.empty(); left = server_processes(data)) {
    const auto waited = std::chrono::steady_clock::now() - begin;
    const int signals[] = {SIGINT, SIGQUIT, SIGKILL};
    if (waited > std::chrono::seconds{20}) {
      throw Error(ErrorCode::unavailable, "an older server still works in " + data.string() +
                                              "; end process " + std::to_string(left.front()));
    }
    if (escalation < 3 && waited > std::chrono::seconds{2 + 4 * escalation}) {
      for (const pid_t pid : left) ::kill(pid, signals[escalation]);
      ++escalation;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  std::error_code ignored;
  fs::remove(file, ignored);
}

}  // namespace feedctl::dev_servers
