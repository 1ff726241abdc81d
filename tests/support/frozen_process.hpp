#pragma once
#include <sys/types.h>

#include <vector>

namespace feedctl::support {

// A process and its children, stopped in the midst of whatever they do until resume() or the end.
// Not thread-safe.
class FrozenProcess {
 public:
  explicit FrozenProcess(pid_t parent);
  FrozenProcess(const FrozenProcess&) = delete;
  FrozenProcess& operator=(const FrozenProcess&) = delete;
  ~FrozenProcess() { resume(); }
  void resume();

 private:
  void stop(pid_t pid);
  std::vector<pid_t> stopped_;
};

}  // namespace feedctl::support
