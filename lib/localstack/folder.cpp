#include "localstack/folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <utility>

#include "base/cursor.hpp"
#include "base/error.hpp"

namespace feedctl::localstack {
namespace {

constexpr std::size_t longest_socket_path = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::size_t room_for_name = 20;  // "/.s.PGSQL.5432"

// Servers lie in places that the PATH of a user, of cron or of `env -i` does not name.
const std::string usual_places = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::filesystem::path short_place(const std::optional<Account>& owner) {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (owner || runtime == nullptr || *runtime != '/' || ::access(runtime, W_OK) != 0) return "/tmp";
  return runtime;
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder) {
  const auto path = folder / "lock";
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) {
    throw Error(ErrorCode::failed,
                "cannot write to " + folder.string() + ": " + std::strerror(errno));
  }
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(fd_);
  throw Error(ErrorCode::lock_held, "another process already works in " + folder.string());
}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

std::filesystem::path make_socket_folder(const std::filesystem::path& folder,
                                         const std::optional<Account>& owner) {
  auto place = folder / "run";
  if (place.native().size() + room_for_name > longest_socket_path) {
    place = short_place(owner) / ("feedctl-" + sha256_hex(folder.native()).substr(0, 12));
  }
  make_private_folder(place, owner);
  return place;
}

std::filesystem::path find_program(const std::string& name) {
  const char* variable = std::getenv("PATH");
  std::istringstream places((variable == nullptr ? "" : variable + std::string(":")) +
                            usual_places);
  for (std::string place; std::getline(places, place, ':');) {
    // A relative one would mean another folder in each of our children.
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

}  // namespace feedctl::localstack
