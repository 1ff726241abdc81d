#pragma once
// Errors as application/problem+json (RFC 9457), with an `error` member for older clients
// (docs/http.md). Pure functions.
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "http/message.hpp"

namespace feedctl::http {

// An error with a status that has no ErrorCode, such as 405, 412 or 428. Only HTTP code throws it.
class HttpError : public std::runtime_error {
 public:
  HttpError(int status, const std::string& message)
      : std::runtime_error(message), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

// An Error that tells the client how to authenticate. `challenge` is the value of WWW-Authenticate
// (RFC 6750).
class ChallengeError : public Error {
 public:
  ChallengeError(Error error, std::string challenge)
      : Error(std::move(error)), challenge_(std::move(challenge)) {}
  const std::string& challenge() const { return challenge_; }

 private:
  std::string challenge_;
};

int status_of(ErrorCode code);
// The reason phrase of RFC 9110, as "Not Found".
std::string_view reason_phrase(int status);

// `type` is "/problems/" and the reason phrase in lower case with hyphens. `instance` is the
// request id. Of the errors with a 5xx status only `unavailable` shows its text. Adds Retry-After,
// and WWW-Authenticate to a 401 and where the error has a challenge.
Response problem(int status, std::string_view message, std::string_view instance,
                 const Error* error = nullptr);
Response problem(const Error& error, std::string_view instance);

}  // namespace feedctl::http
