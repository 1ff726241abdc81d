#include "feedctl/cli/resource_limits.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "feedctl/cli/fatal_errors.hpp"

namespace feedctl::cli {

namespace {

constexpr rlim_t min_stack = 512 * 1024;
constexpr rlim_t default_stack = 8 * 1024 * 1024;
constexpr rlim_t cpu_seconds_to_stop = 2;

// The main thread's stack grows up to the limit, which may be raised. The default of other threads
// was fixed at the start of the process.
void prepare_stacks() {
  rlimit stack{};
  if (::getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur >= default_stack) return;
  if (stack.rlim_max < min_stack) exit_exhausted_of("a stack");
  stack.rlim_cur = std::min(default_stack, stack.rlim_max);
  ::setrlimit(RLIMIT_STACK, &stack);
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack.rlim_cur);
  ::pthread_setattr_default_np(&attributes);
  ::pthread_attr_destroy(&attributes);
}

// With equal soft and hard limits the kernel sends only SIGKILL.
void prepare_cpu_time() {
  rlimit time{};
  if (::getrlimit(RLIMIT_CPU, &time) != 0 || time.rlim_max == RLIM_INFINITY) return;
  if (time.rlim_max <= cpu_seconds_to_stop) return;
  time.rlim_cur = std::min(time.rlim_cur, time.rlim_max - cpu_seconds_to_stop);
  ::setrlimit(RLIMIT_CPU, &time);
}

// Leaves all memory out of a core.
void empty_core_files() {
  const int filter = ::open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
  if (filter < 0) return;
  [[maybe_unused]] const auto written = ::write(filter, "0", 1);
  ::close(filter);
}

// A core file would hold every secret of the configuration and every token in flight. The kernel
// takes a limit of one byte as "no core, and no pipe to a core handler either"; with zero it still
// pipes. The hard limit stays, so that `prlimit --core` can allow a core while the process runs.
// Where it is zero already, a handler gets a core without memory.
void prevent_core_files() {
  rlimit core{};
  if (::getrlimit(RLIMIT_CORE, &core) != 0) return;
  core.rlim_cur = std::min<rlim_t>(1, core.rlim_max);
  ::setrlimit(RLIMIT_CORE, &core);
  if (core.rlim_max == 0) empty_core_files();
}

}  // namespace

void adjust_resource_limits() {
  prepare_stacks();
  prepare_cpu_time();
  prevent_core_files();
}

}  // namespace feedctl::cli
