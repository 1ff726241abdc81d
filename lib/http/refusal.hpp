#pragma once
#include <string>

namespace feedctl::http {

// Why the front answers a request itself. `closes`: what follows on the connection cannot be
// trusted to be the next request, so the answer is the last one.
struct Refusal {
  int status = 400;
  std::string message;
  bool closes = true;
};

}  // namespace feedctl::http
