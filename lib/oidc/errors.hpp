#pragma once
// The errors of a sign-in. `why` is for the log: it holds no code, token or secret.
#include <string>

#include "base/error.hpp"

namespace feedctl::oidc {

// The callback, or what the provider says about it, is not acceptable: 400.
inline Error invalid_sign_in(const std::string& why) {
  return Error(ErrorCode::invalid_argument, "this sign-in is not valid; start it again")
      .with_detail("sign-in: " + why);
}

// The provider's server answered, but not what its kind has to: 503.
inline Error invalid_answer(const std::string& provider, const std::string& why) {
  return Error(ErrorCode::unavailable, "the provider " + provider + " gave an unusable answer")
      .with_detail(provider + ": " + why);
}

}  // namespace feedctl::oidc
