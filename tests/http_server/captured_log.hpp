#pragma once
// What this process logs while the object lives, as JSON lines; before and after it nothing is
// logged. Takes standard error over, so one at a time.
#include <string>
#include <vector>

namespace feedctl::test {

class CapturedLog {
 public:
  CapturedLog();
  ~CapturedLog();
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  std::vector<std::string> lines() const;  // so far

 private:
  std::string path_;
  int before_;
};

}  // namespace feedctl::test
