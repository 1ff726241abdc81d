#include "images/helper_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/error.hpp"
#include "images/image_processor.hpp"

namespace feedctl::images {

namespace {

Error not_started(const std::string& what, int error) {
  return Error(ErrorCode::unavailable, "the process for images could not be started")
      .with_detail(what + ": " + std::strerror(error));
}

class SpawnAttributes {
 public:
  SpawnAttributes() {
    ::posix_spawnattr_init(&value_);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&value_, &none);
    ::posix_spawnattr_setflags(&value_, POSIX_SPAWN_SETSIGMASK);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&value_); }
  const posix_spawnattr_t* get() const { return &value_; }

 private:
  posix_spawnattr_t value_;
};

// The helper gets its socket and standard error, and no other descriptor.
class SpawnActions {
 public:
  explicit SpawnActions(int socket) {
    ::posix_spawn_file_actions_init(&value_);
    ::posix_spawn_file_actions_adddup2(&value_, socket, helper_socket);
    ::posix_spawn_file_actions_addopen(&value_, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&value_, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&value_, helper_socket + 1);
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&value_); }
  const posix_spawn_file_actions_t* get() const { return &value_; }

 private:
  posix_spawn_file_actions_t value_;
};

// The environment may hold secrets, which a process that decodes hostile bytes must not have.
std::vector<std::string> environment_of_helper() {
  std::vector<std::string> kept;
  for (const char* name :
       {"LD_LIBRARY_PATH", "FEEDCTL_FAILPOINT", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) kept.push_back(std::string(name) + "=" + value);
  }
  return kept;
}

pid_t spawn(const std::string& executable, int socket) {
  const SpawnAttributes attributes;
  const SpawnActions actions(socket);
  auto environment = environment_of_helper();
  std::vector<char*> variables;
  for (auto& variable : environment) variables.push_back(variable.data());
  variables.push_back(nullptr);
  char name[] = "feedctl", command[] = "image-processor";
  char* const arguments[] = {name, command, nullptr};
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, executable.c_str(), actions.get(), attributes.get(),
                                  arguments, variables.data());
  if (error != 0) throw not_started(executable, error);
  return pid;
}

}  // namespace

SocketPair make_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw not_started("socketpair", errno);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

HelperProcess::HelperProcess(const std::string& executable) {
  auto pair = make_socket_pair();
  pid_ = spawn(executable, pair.theirs.get());
  socket_ = std::move(pair.ours);
}

HelperProcess::~HelperProcess() {
  socket_.reset();
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool HelperProcess::has_ended() const {
  pollfd event{socket_.get(), 0, 0};
  return ::poll(&event, 1, 0) > 0 && (event.revents & (POLLHUP | POLLERR)) != 0;
}

}  // namespace feedctl::images
