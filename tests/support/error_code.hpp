#pragma once
// The code of the error that a call throws.
#include <optional>
#include <utility>

#include "base/error.hpp"

namespace feedctl::support {

// nullopt: `work` threw no Error.
template <typename Work>
std::optional<ErrorCode> error_code_of(Work&& work) {
  try {
    std::forward<Work>(work)();
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

}  // namespace feedctl::support
