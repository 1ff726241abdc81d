#include "images/sandbox.hpp"

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>

#include "images/wire.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FEEDCTL_IMAGES_UNFILTERED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define FEEDCTL_IMAGES_UNFILTERED
#endif
#endif

namespace feedctl::images {

namespace {

constexpr rlim_t max_memory = 512UL * 1024 * 1024;
constexpr rlim_t max_cpu_seconds = 5;
constexpr rlim_t max_core = 1;  // with 0 the kernel still pipes a core to its handler, with 1 not
constexpr rlim_t max_file_size = 32UL * 1024 * 1024;

bool set_limit(__rlimit_resource resource, rlim_t value) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return false;
  limit.rlim_cur = limit.rlim_max = std::min(value, limit.rlim_max);
  return ::setrlimit(resource, &limit) == 0;
}

bool set_limits() {
#ifndef FEEDCTL_IMAGES_UNFILTERED
  if (!set_limit(RLIMIT_AS, max_memory)) return false;
#endif
  return set_limit(RLIMIT_CPU, max_cpu_seconds) && set_limit(RLIMIT_FSIZE, max_file_size) &&
         set_limit(RLIMIT_NOFILE, first_output_fd + max_outputs) &&
         set_limit(RLIMIT_CORE, max_core) && set_limit(RLIMIT_NPROC, 0) &&
         ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

#ifndef FEEDCTL_IMAGES_UNFILTERED
template <typename... Conditions>
bool allow(scmp_filter_ctx filter, int call, Conditions... conditions) {
  return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, sizeof...(conditions), conditions...) == 0;
}

bool allow_memory(scmp_filter_ctx filter) {
  constexpr auto no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
  const auto no_file = SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS);
  return allow(filter, SCMP_SYS(brk)) && allow(filter, SCMP_SYS(munmap)) &&
         allow(filter, SCMP_SYS(mremap)) && allow(filter, SCMP_SYS(madvise)) &&
         allow(filter, SCMP_SYS(mprotect), no_code) &&
         allow(filter, SCMP_SYS(mmap), no_code, no_file);
}

bool allow_files(scmp_filter_ctx filter) {
  const auto is_input = SCMP_A0(SCMP_CMP_EQ, input_fd);
  const auto is_output = SCMP_A0(SCMP_CMP_GE, first_output_fd);
  return allow(filter, SCMP_SYS(read), is_input) && allow(filter, SCMP_SYS(pread64), is_input) &&
         allow(filter, SCMP_SYS(write), is_output) &&
         allow(filter, SCMP_SYS(sendmsg), SCMP_A0(SCMP_CMP_EQ, call_fd));
}

// qsort() of some versions of the C library asks by sysinfo how much memory there is.
bool allow_rest(scmp_filter_ctx filter) {
  return allow(filter, SCMP_SYS(sysinfo)) && allow(filter, SCMP_SYS(futex)) &&
         allow(filter, SCMP_SYS(rt_sigreturn)) && allow(filter, SCMP_SYS(restart_syscall)) &&
         allow(filter, SCMP_SYS(clock_gettime)) && allow(filter, SCMP_SYS(sched_yield)) &&
         allow(filter, SCMP_SYS(exit)) && allow(filter, SCMP_SYS(exit_group));
}

bool filter_system_calls() {
  const auto filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  if (filter == nullptr) return false;
  const bool loaded = allow_memory(filter) && allow_files(filter) && allow_rest(filter) &&
                      seccomp_load(filter) == 0;
  seccomp_release(filter);
  return loaded;
}
#endif

}  // namespace

bool confine() {
#ifdef FEEDCTL_IMAGES_UNFILTERED
  return set_limits();
#else
  return set_limits() && filter_system_calls();
#endif
}

}  // namespace feedctl::images
