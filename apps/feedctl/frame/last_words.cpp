#include "feedctl/frame/last_words.hpp"

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

namespace feedctl::cli {

namespace {

// What is let go at the first allocation that fails, so that its message and what is told of it can
// be made.
constexpr std::size_t reserve_size = 256 * 1024;
std::atomic<char*> reserve{nullptr};

void on_out_of_memory() {
  char* const kept = reserve.exchange(nullptr);
  if (kept == nullptr) throw std::bad_alloc();
  delete[] kept;
  say_now({"feedctl: memory runs out\nhint: ", remedy_for_want_of("memory"), "\n"});
}

[[noreturn]] void on_terminate() {
  std::string what = "none";
  try {
    if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    if (const char* missing = exhausted_by(error)) end_for_want_of(missing);
    what = error.what();
  } catch (...) {
    what = "unknown";
  }
  log::error("the process ends, since an exception was not caught", {{"exception", what}});
  log::flush();
  std::abort();
}

// Whether a write of less than PIPE_BUF returns at once.
bool takes_text(int fd) noexcept {
  pollfd stream{fd, POLLOUT, 0};
  return ::poll(&stream, 1, 0) == 1 && (stream.revents & POLLOUT) != 0;
}

}  // namespace

// Neither the log nor the heap: whoever comes here may hold the locks of either.
void say_now(std::initializer_list<const char*> texts) noexcept {
  const int kept = errno;  // of what a signal has interrupted
  std::array<char, 1024> line;
  static_assert(line.size() < PIPE_BUF);
  std::size_t size = 0;
  for (const char* text : texts) {
    while (*text != '\0' && size < line.size()) line[size++] = *text++;
  }
  if (takes_text(STDERR_FILENO)) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), size);
  }
  errno = kept;
}

const char* remedy_for_want_of(const char* what) noexcept {
  if (std::strcmp(what, "a thread") == 0)
    return "raise the limits of threads (ulimit -u, TasksMax=) and memory (ulimit -v, MemoryMax=), "
           "or lower server.threads";
  if (std::strcmp(what, "memory") == 0)
    return "raise the limit of memory (ulimit -v, MemoryMax=), or ask for less at once";
  if (std::strcmp(what, "a stack") == 0)
    return "raise the limit of the stack to 512 KiB or more (ulimit -s, LimitSTACK=)";
  return "raise the limit of open files (ulimit -n, LimitNOFILE=)";
}

void end_for_want_of(const char* what) noexcept {
  say_now({"feedctl: ", what, " could not be had\nhint: ", remedy_for_want_of(what), "\n"});
  std::_Exit(exit_exhausted);
}

void prepare_last_words() {
  reserve = new char[reserve_size];
  std::set_new_handler(on_out_of_memory);
  std::set_terminate(on_terminate);
}

}  // namespace feedctl::cli
