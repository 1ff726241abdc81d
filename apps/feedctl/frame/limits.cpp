#include "feedctl/frame/limits.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>

#include "feedctl/frame/last_words.hpp"

namespace feedctl::cli {

namespace {

constexpr rlim_t least_stack = 512 * 1024;
constexpr rlim_t usual_stack = 8 * 1024 * 1024;
constexpr rlim_t seconds_to_stop = 2;

// The main thread's grows up to the limit, which may be raised; the others' sizes follow from what
// the limit was at the start.
void prepare_stacks() {
  rlimit stack{};
  if (::getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur >= usual_stack) return;
  if (stack.rlim_max < least_stack) end_for_want_of("a stack");
  stack.rlim_cur = std::min(usual_stack, stack.rlim_max);
  ::setrlimit(RLIMIT_STACK, &stack);
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack.rlim_cur);
  ::pthread_setattr_default_np(&attributes);
  ::pthread_attr_destroy(&attributes);
}

// Where both limits are the same the kernel ends a process without a word.
void prepare_cpu_time() {
  rlimit time{};
  if (::getrlimit(RLIMIT_CPU, &time) != 0 || time.rlim_max == RLIM_INFINITY) return;
  if (time.rlim_max <= seconds_to_stop) return;
  time.rlim_cur = std::min(time.rlim_cur, time.rlim_max - seconds_to_stop);
  ::setrlimit(RLIMIT_CPU, &time);
}

}  // namespace

void prepare_limits() {
  prepare_stacks();
  prepare_cpu_time();
}

}  // namespace feedctl::cli
