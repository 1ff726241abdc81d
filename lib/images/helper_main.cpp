// The helper process: forks one confined process a request.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "images/color_profile.hpp"
#include "images/confined_job.hpp"
#include "images/image_processor.hpp"

namespace feedctl::images {

namespace {

// Images give way to whatever answers requests.
constexpr int niceness = 10;

// The helper ends when its socket closes, so that what its parent still works on while it stops
// comes to its end. Terminals and service managers send these to all processes.
void ignore_stop_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGPIPE}) ::signal(number, SIG_IGN);
}

UniqueFd watch_children() {
  sigset_t children;
  ::sigemptyset(&children);
  ::sigaddset(&children, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &children, nullptr);
  return UniqueFd(::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
}

void reap(int signals) {
  signalfd_siginfo info;
  while (::read(signals, &info, sizeof info) > 0) {
  }
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

// Holds the child back until the parent knows of it: `Finished` must not overtake `Started`.
class Gate {
 public:
  Gate() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    read_end_ = UniqueFd(ends[0]);
    write_end_ = UniqueFd(ends[1]);
  }
  bool is_open() const { return read_end_.is_open(); }

  void wait() {
    write_end_.reset();
    char none = 0;
    while (::read(read_end_.get(), &none, 1) < 0 && errno == EINTR) {
    }
  }

 private:
  UniqueFd read_end_, write_end_;
};

// Not open, with errno: there is no process. The child is not reaped before its descriptor is open,
// so its number is still its own.
UniqueFd fork_confined(const Request& request, std::span<const UniqueFd> fds, Gate& gate,
                       int socket) {
  const pid_t helper = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(socket);  // else the owner could see its call end before it sees the helper's end
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != helper) ::_exit(1);
    gate.wait();
    run_confined(request, fds);
  }
  if (pid < 0) return {};
  UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const int error = errno;
  if (!process.is_open()) ::kill(pid, SIGKILL);
  errno = error;
  return process;
}

void serve(const Request& request, std::span<const UniqueFd> fds, int socket) {
  Gate gate;
  const auto process = gate.is_open() ? fork_confined(request, fds, gate, socket) : UniqueFd();
  const Started started{process.is_open() ? 0 : errno};
  const int fd = process.get();
  const auto passed = process.is_open() ? std::span(&fd, 1) : std::span<const int>{};
  const bool is_awaited = send_message(fds[0].get(), started, passed);
  if (!is_awaited && process.is_open())
    ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
}

// False: the parent has closed its end. A request without all of its descriptors is dropped: its
// caller sees the end of the stream.
bool serve_next(int socket) {
  Request request;
  auto packet = receive_packet(socket, std::as_writable_bytes(std::span(&request, 1)));
  if (!packet) return errno == EAGAIN;
  if (packet->size == 0) return false;
  if (packet->size == sizeof request &&
      packet->fds.size() == input_fds + request.max_output_count())
    serve(request, packet->fds, socket);
  return true;
}

}  // namespace

int run_image_processor(int socket) {
  ::prctl(PR_SET_NAME, "image-processor");
  ::setpriority(PRIO_PROCESS, 0, niceness);
  ignore_stop_signals();
  const auto children = watch_children();
  if (!children.is_open()) return 1;
  prepare_color_profiles();
  for (;;) {
    pollfd events[] = {{socket, POLLIN, 0}, {children.get(), POLLIN, 0}};
    if (::poll(events, 2, -1) < 0 && errno != EINTR) return 1;
    if (events[1].revents != 0) reap(children.get());
    if (events[0].revents != 0 && !serve_next(socket)) return 0;
  }
}

bool ImageProcessor::is_available() {
  return true;
}

}  // namespace feedctl::images
