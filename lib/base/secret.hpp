#pragma once
// A value that must not reach a log, an error message or a page. It has no streaming, formatting,
// conversion or comparison: reveal() is the only way to the value, so `grep reveal` finds every
// use. A copy is a copy of the secret; nothing wipes memory (no process writes core files).
#include <utility>

namespace feedctl {

template <typename T>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T value) : value_(std::move(value)) {}
  const T& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  T value_;
};

}  // namespace feedctl
