#pragma once
// Errors as application/problem+json (RFC 9457) that also carry the `error` member of document 0.
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/message.hpp"

namespace feedctl::http {

// A status that only HTTP knows (405, 406, 413, 415, 421, ..), thrown by http's own code.
class HttpError : public std::runtime_error {
 public:
  HttpError(int status, const std::string& message)
      : std::runtime_error(message), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

int status_of(ErrorCode code);
// RFC 9110's phrase: "Not Found".
std::string_view reason_phrase(int status);

// `type` is "/problems/" and the phrase in lower case with hyphens. `instance` is the request id.
// An Error of the 5xx kind shows its text only where it is `unavailable`. Adds Retry-After and, for
// 401, WWW-Authenticate.
Response problem(int status, std::string_view message, std::string_view instance,
                 const Error* error = nullptr);
Response problem(const Error& error, std::string_view instance);

}  // namespace feedctl::http
