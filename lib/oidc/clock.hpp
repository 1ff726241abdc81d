#pragma once
#include <functional>

#include "base/time.hpp"

namespace feedctl::oidc {

// The present; tests put their own in.
using Clock = std::function<Time()>;

}  // namespace feedctl::oidc
