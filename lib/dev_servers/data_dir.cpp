#include "dev_servers/data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <utility>

#include "base/encoding.hpp"
#include "base/error.hpp"

namespace feedctl::dev_servers {
namespace {

constexpr std::size_t max_socket_path = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::size_t socket_name_reserve = 20;  // "/.s.PGSQL.5432"

// Servers lie in places that the PATH of a user, of cron or of `env -i` does not name.
const std::string default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::filesystem::path short_runtime_dir(const std::optional<OsAccount>& owner) {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (owner || runtime == nullptr || *runtime != '/' || ::access(runtime, W_OK) != 0) return "/tmp";
  return runtime;
}

}  // namespace

DataDirLock::DataDirLock(const std::filesystem::path& dir) {
  const auto path = dir / "lock";
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) {
    throw Error(ErrorCode::failed, "cannot write to " + dir.string() + ": " + std::strerror(errno));
  }
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(fd_);
  throw Error(ErrorCode::lock_held, "another process already works in " + dir.string());
}

DataDirLock::DataDirLock(DataDirLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

DataDirLock::~DataDirLock() {
  if (fd_ >= 0) ::close(fd_);
}

std::filesystem::path make_socket_dir(const std::filesystem::path& dir,
                                      const std::optional<OsAccount>& owner) {
  auto place = dir / "run";
  if (place.native().size() + socket_name_reserve > max_socket_path) {
    place = short_runtime_dir(owner) / ("feedctl-" + sha256_hex(dir.native()).substr(0, 12));
  }
  make_private_dir(place, owner);
  return place;
}

std::filesystem::path find_program(const std::string& name) {
  const char* variable = std::getenv("PATH");
  std::istringstream places((variable == nullptr ? "" : variable + std::string(":")) +
                            default_path);
  for (std::string place; std::getline(places, place, ':');) {
    // A relative path means another directory in each child process.
    if (place.empty() || place[0] != '/') continue;
    const auto path = std::filesystem::path(place) / name;
    if (::access(path.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(path)) return path;
  }
  return {};
}

void rotate_log(const std::filesystem::path& log) {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(log, ignored);
  if (!ignored && size > 10'000'000) std::filesystem::rename(log, log.string() + ".1", ignored);
}

}  // namespace feedctl::dev_servers
