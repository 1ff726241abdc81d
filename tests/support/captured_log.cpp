#include "support/captured_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "base/log.hpp"

namespace feedctl::test {

CapturedLog::CapturedLog()
    : path_("/tmp/feedctl-log-" + std::to_string(::getpid())),
      before_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)) {
  const int file = ::open(path_.c_str(), O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0600);
  log::setup({log::Level::info, log::Format::json});
  ::dup2(file, STDERR_FILENO);
  ::close(file);
}

CapturedLog::~CapturedLog() {
  ::dup2(before_, STDERR_FILENO);
  ::close(before_);
  log::setup({log::Level::off, log::Format::text});
  ::unlink(path_.c_str());
}

std::vector<std::string> CapturedLog::lines() const {
  std::ifstream file(path_);
  std::vector<std::string> all;
  for (std::string line; std::getline(file, line);) all.push_back(line);
  return all;
}

}  // namespace feedctl::test
