// Preloaded into PostgreSQL only: a disk on which every flush takes a millisecond more, as on a
// plausible cloud volume.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static void wait_a_millisecond(void) {
  struct timespec left = {0, 1000000};
  while (nanosleep(&left, &left) != 0) {
  }
}

static int flush(const char* name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  wait_a_millisecond();
  return real(fd);
}

int fsync(int fd) {
  return flush("fsync", fd);
}

int fdatasync(int fd) {
  return flush("fdatasync", fd);
}
