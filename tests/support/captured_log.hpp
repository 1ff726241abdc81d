#pragma once
// Captures the log of this process as JSON lines during its lifetime; otherwise tests log nothing.
// It replaces standard error, so only one may exist.
#include <string>
#include <vector>

namespace feedctl::test {

class CapturedLog {
 public:
  CapturedLog();
  ~CapturedLog();
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  std::vector<std::string> lines() const;  // captured so far

 private:
  std::string path_;
  int before_;
};

}  // namespace feedctl::test
