#pragma once
// A value that must not reach a log, an error or a page: it has no streaming or formatting, only
// reveal().
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
