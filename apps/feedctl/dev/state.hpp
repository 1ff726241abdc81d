#pragma once
// The folder of `feedctl dev`: whose it is, and what it says about the stack in it.
#include <filesystem>
#include <string>

#include "localstack/stack.hpp"

namespace feedctl::cli {

// /var/lib/feedctl/dev for root, else feedctl/dev in the user's state home. Error(failed) where
// there is none.
std::filesystem::path default_state();

// DIR/feedctl.yaml, by which every command reaches the stack; its path.
std::filesystem::path write_config(const localstack::Stack& stack, int port);

// DIR/dev.pid, while it lives.
class PidFile {
 public:
  explicit PidFile(const std::filesystem::path& state);
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  std::filesystem::path path_;
};
pid_t running_pid(const std::filesystem::path& state);  // 0: not known

// Ends the `feedctl dev` that works in `state` and waits for it; false where none does.
// Error(unavailable) where it does not end.
bool stop_running(const std::filesystem::path& state);

}  // namespace feedctl::cli
