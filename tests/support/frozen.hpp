#pragma once
#include <sys/types.h>

#include <vector>

namespace feedctl::support {

// A process and its children, stopped in the midst of whatever they do until thaw() or the end.
// Not thread-safe.
class Frozen {
 public:
  explicit Frozen(pid_t parent);
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;
  ~Frozen() { thaw(); }
  void thaw();

 private:
  void stop(pid_t pid);
  std::vector<pid_t> stopped_;
};

}  // namespace feedctl::support
