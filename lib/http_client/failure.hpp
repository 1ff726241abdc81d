#pragma once
// Why a call failed, in words for the log. Client turns it into an Error that names the server.
#include <stdexcept>

namespace feedctl::http_client {

class CallFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace feedctl::http_client
