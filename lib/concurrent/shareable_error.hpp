#pragma once
// An error that several threads throw, each its own copy. A plain value.
//
// Threads that share one exception object free it inside the C++ runtime, where a thread sanitizer
// cannot see why that is safe.
#include <chrono>
#include <optional>
#include <string>

#include "base/error.hpp"

namespace feedctl::concurrent {

class ShareableError {
 public:
  // The current exception; anything but an Error becomes Error(internal).
  static ShareableError from_current_exception() {
    try {
      throw;
    } catch (const Error& error) {
      return {error.code(), error.what(), error.detail(), error.retry_after()};
    } catch (const std::exception& error) {
      return {ErrorCode::internal, "Internal server error", error.what(), std::nullopt};
    } catch (...) {
      return {ErrorCode::internal, "Internal server error", "unknown exception", std::nullopt};
    }
  }

  [[noreturn]] void raise() const {
    Error error(code_, message_);
    std::move(error).with_detail(detail_);
    if (retry_after_) std::move(error).with_retry_after(*retry_after_);
    throw error;
  }

 private:
  ShareableError(ErrorCode code, std::string message, std::string detail,
                 std::optional<std::chrono::seconds> retry_after)
      : code_(code),
        message_(std::move(message)),
        detail_(std::move(detail)),
        retry_after_(retry_after) {}

  ErrorCode code_;
  std::string message_, detail_;
  std::optional<std::chrono::seconds> retry_after_;
};

}  // namespace feedctl::concurrent
