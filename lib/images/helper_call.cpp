#include "images/helper_call.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string>

namespace feedctl::images {

namespace {

enum class Wait { readable, expired };

Error system_failure(int error = errno) {
  return Error(ErrorCode::unavailable, "images cannot be processed now; try again later")
      .with_detail(std::strerror(error));
}

Error too_late() {
  return Error(ErrorCode::unavailable, "the image was not processed in time; try again later")
      .with_retry_after(std::chrono::seconds{5});
}

Wait wait_readable(int fd, Deadline deadline) {
  for (;;) {
    const auto left = std::min<std::int64_t>(deadline.remaining().count() + 1, INT_MAX);
    pollfd event{fd, POLLIN, 0};
    const int count = ::poll(&event, 1, static_cast<int>(left));
    if (count > 0) return Wait::readable;
    if (count < 0 && errno != EINTR) throw system_failure();
    if (deadline.is_expired()) return Wait::expired;
  }
}

// The confined process; killed and waited for at the end, so that its turn ends with it.
class ConfinedProcess {
 public:
  explicit ConfinedProcess(UniqueFd process) : process_(std::move(process)) {}
  ConfinedProcess(const ConfinedProcess&) = delete;
  ConfinedProcess& operator=(const ConfinedProcess&) = delete;
  ~ConfinedProcess() { end(); }

  void end() {
    if (!process_.is_open()) return;
    ::syscall(SYS_pidfd_send_signal, process_.get(), SIGKILL, nullptr, 0);
    pollfd event{process_.get(), POLLIN, 0};
    while (::poll(&event, 1, -1) < 0 && errno == EINTR) {
    }
    process_.reset();
  }

 private:
  UniqueFd process_;
};

std::vector<UniqueFd> make_files(std::size_t count) {
  std::vector<UniqueFd> files;
  for (std::size_t i = 0; i < count; ++i) {
    files.emplace_back(::memfd_create("image", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!files.back().is_open()) throw system_failure();
  }
  return files;
}

void seal(const UniqueFd& file) {
  constexpr int all = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (::fcntl(file.get(), F_ADD_SEALS, all) != 0) throw system_failure();
}

// Read-only, where /proc is mounted: the image may be open for writing here.
UniqueFd reopen(int fd) {
  UniqueFd file(::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDONLY | O_CLOEXEC));
  return file.is_open() ? std::move(file) : UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

bool send_request(const HelperProcess& helper, const Request& request, int call, int image,
                  const std::vector<UniqueFd>& files) {
  std::vector<int> fds{call, image};
  for (const auto& file : files) fds.push_back(file.get());
  return send_message(helper.socket(), request, fds);
}

// nullopt: the stream has ended, or the packet is none of that type.
template <typename T>
std::optional<Packet> receive(int socket, T& message) {
  auto packet = receive_packet(socket, std::as_writable_bytes(std::span(&message, 1)));
  if (!packet || packet->size != sizeof message) return std::nullopt;
  return packet;
}

}  // namespace

Error undecodable() {
  return Error(ErrorCode::unprocessable, "the image could not be decoded");
}

std::optional<CallResult> call_helper(const HelperProcess& helper, const Request& request,
                                      const FileSlice& image, Deadline deadline) {
  CallResult result;
  result.files = make_files(request.max_output_count());
  auto call = make_socket_pair();
  const auto input = reopen(image.fd);
  if (!send_request(helper, request, call.theirs.get(), input.get(), result.files))
    return std::nullopt;
  call.theirs.reset();
  Started started;
  if (wait_readable(call.ours.get(), deadline) == Wait::expired) return std::nullopt;
  auto first = receive(call.ours.get(), started);
  if (!first) return std::nullopt;
  if (started.error != 0) throw system_failure(started.error);
  if (first->fds.size() != 1) return std::nullopt;  // no descriptor was free here
  ConfinedProcess process(std::move(first->fds.front()));
  if (wait_readable(call.ours.get(), deadline) == Wait::expired) throw too_late();
  const bool has_result = receive(call.ours.get(), result.message).has_value();
  if (!has_result && helper.has_ended()) return std::nullopt;
  process.end();
  if (!has_result) throw undecodable();
  for (const auto& file : result.files) seal(file);
  return result;
}

}  // namespace feedctl::images
