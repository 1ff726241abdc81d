// Preloaded into a server: its wall clock is off by as many microseconds as the first eight bytes
// of the file FEEDCTL_STEPPED_CLOCK hold, at each look. Monotonic clocks, sleeps and timers stay
// right. libfaketime would not do: what is in a signal handler while a sleep is interrupted sees
// the true time there, so PostgreSQL's time-outs and its look for deadlocks never come to be due.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace {

constexpr std::int64_t second_us = 1'000'000, us_ns = 1'000;

const volatile std::int64_t* offset_us = nullptr;

__attribute__((constructor)) void open_file() {
  const char* const path = std::getenv("FEEDCTL_STEPPED_CLOCK");
  const int fd = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  void* const shared = ::mmap(nullptr, sizeof *offset_us, PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  if (shared != MAP_FAILED) offset_us = static_cast<const volatile std::int64_t*>(shared);
}

int real_time(clockid_t clock, timespec* at) {
  return static_cast<int>(::syscall(SYS_clock_gettime, clock, at));
}

void step(timespec& at) {
  if (offset_us == nullptr) return;
  const auto us = *offset_us;
  at.tv_sec += us / second_us;
  at.tv_nsec += us % second_us * us_ns;
  if (at.tv_nsec < 0) {
    at.tv_nsec += second_us * us_ns;
    --at.tv_sec;
  } else if (at.tv_nsec >= second_us * us_ns) {
    at.tv_nsec -= second_us * us_ns;
    ++at.tv_sec;
  }
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* at) noexcept {
  const int failed = real_time(clock, at);
  if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) step(*at);
  return failed;
}

int gettimeofday(timeval* at, void*) noexcept {
  timespec exact{};
  ::clock_gettime(CLOCK_REALTIME, &exact);
  at->tv_sec = exact.tv_sec;
  at->tv_usec = exact.tv_nsec / us_ns;
  return 0;
}

time_t time(time_t* at) noexcept {
  timespec exact{};
  ::clock_gettime(CLOCK_REALTIME, &exact);
  if (at != nullptr) *at = exact.tv_sec;
  return exact.tv_sec;
}
}
