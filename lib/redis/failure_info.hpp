#pragma once
// Why Redis is not available, and what the operator can do about it. A plain value.
#include <string>

namespace feedctl::redis {

struct FailureInfo {
  std::string reason, remedy;  // each may be ""
  bool is_reachable = false;   // the server answers, but refuses or is not to be used
};

}  // namespace feedctl::redis
