#pragma once
// The error type of the program. Its code is the kind of failure, free of any protocol: lib/http
// maps it to a status, apps/feedctl to an exit code. what() is for the client: lowercase, without
// final full stop, unless the API words it otherwise. `detail` is for the log only.
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace feedctl {

enum class ErrorCode {
  invalid_argument,   // a value is wrong: 400, exit 65
  unauthenticated,    // no token, or a bad one: 401
  permission_denied,  // known, but may not: 403
  not_found,          // 404
  conflict,           // already exists or in flight: 409
  too_large,          // a body: 413, exit 65
  unsupported_media,  // its type: 415, exit 65
  unprocessable,      // 422
  rate_limited,       // 429
  unavailable,        // a dependency is down or busy: 503, exit 69
  lock_held,          // another process holds it: 409, exit 75
  negative_answer,    // it ran and the answer is no: exit 3
  usage,              // the command line is wrong: exit 64
  bad_data,           // an input file is wrong: exit 65
  config,             // the configuration is wrong: exit 78
  failed,             // it ran and failed, or partly: exit 1
  internal,           // a bug: 500, exit 70
};

// One wrong member of a request body; `pointer` is a JSON pointer ("/user_id").
struct FieldError {
  std::string pointer;
  std::string detail;
};

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

  ErrorCode code() const { return code_; }
  const std::string& hint() const { return hint_; }
  const std::string& detail() const { return detail_; }
  const std::vector<FieldError>& fields() const { return fields_; }
  std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }

  Error&& with_hint(std::string text) && {
    hint_ = std::move(text);
    return std::move(*this);
  }
  Error&& with_detail(std::string text) && {
    detail_ = std::move(text);
    return std::move(*this);
  }
  Error&& with_field(std::string pointer, std::string text) && {
    fields_.push_back({std::move(pointer), std::move(text)});
    return std::move(*this);
  }
  Error&& with_retry_after(std::chrono::seconds wait) && {
    retry_after_ = wait;
    return std::move(*this);
  }

 private:
  ErrorCode code_;
  std::string hint_;
  std::string detail_;
  std::vector<FieldError> fields_;
  std::optional<std::chrono::seconds> retry_after_;
};

}  // namespace feedctl
