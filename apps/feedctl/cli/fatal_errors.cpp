#include "feedctl/cli/fatal_errors.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "base/exhaustion.hpp"
#include "base/log.hpp"
#include "feedctl/cli/exit_codes.hpp"

namespace feedctl::cli {

namespace {

// Memory that the first failed allocation frees, so that the error can be reported.
constexpr std::size_t reserve_bytes = 256 * 1024;
std::atomic<char*> reserve_memory{nullptr};

void on_out_of_memory() {
  char* const kept = reserve_memory.exchange(nullptr);
  if (kept == nullptr) throw std::bad_alloc();
  delete[] kept;
  write_stderr_now({"feedctl: out of memory\nhint: ", exhaustion_hint("memory"), "\n"});
}

[[noreturn]] void on_terminate() {
  std::string what = "none";
  try {
    if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    if (const char* missing = exhausted_resource(error)) exit_exhausted_of(missing);
    what = error.what();
  } catch (...) {
    what = "unknown";
  }
  log::error("the process ends, since an exception was not caught", {{"exception", what}});
  log::flush();
  std::abort();
}

// Whether a write of less than PIPE_BUF returns at once.
bool is_writable_now(int fd) noexcept {
  pollfd stream{fd, POLLOUT, 0};
  return ::poll(&stream, 1, 0) == 1 && (stream.revents & POLLOUT) != 0;
}

}  // namespace

void write_stderr_now(std::initializer_list<const char*> texts) noexcept {
  const int kept = errno;  // of the interrupted code
  std::array<char, 1024> line;
  static_assert(line.size() < PIPE_BUF);
  std::size_t size = 0;
  for (const char* text : texts) {
    while (*text != '\0' && size < line.size()) line[size++] = *text++;
  }
  if (is_writable_now(STDERR_FILENO)) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), size);
  }
  errno = kept;
}

const char* exhaustion_hint(const char* resource) noexcept {
  if (std::strcmp(resource, "a thread") == 0)
    return "raise the limits of threads (ulimit -u, TasksMax=) and memory (ulimit -v, MemoryMax=), "
           "or lower server.threads";
  if (std::strcmp(resource, "memory") == 0)
    return "raise the limit of memory (ulimit -v, MemoryMax=), or ask for less at once";
  if (std::strcmp(resource, "a stack") == 0)
    return "raise the limit of the stack to 512 KiB or more (ulimit -s, LimitSTACK=)";
  return "raise the limit of open files (ulimit -n, LimitNOFILE=)";
}

void exit_exhausted_of(const char* resource) noexcept {
  write_stderr_now(
      {"feedctl: ", resource, " could not be obtained\nhint: ", exhaustion_hint(resource), "\n"});
  std::_Exit(exit_exhausted);
}

void install_fatal_error_handlers() {
  reserve_memory = new char[reserve_bytes];
  std::set_new_handler(on_out_of_memory);
  std::set_terminate(on_terminate);
}

}  // namespace feedctl::cli
