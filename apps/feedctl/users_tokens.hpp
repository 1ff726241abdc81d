#pragma once
// The tokens of many users, for load tests. For the main thread.
#include "auth/auth.hpp"
#include "users/users.hpp"

namespace feedctl::cli {

class Runtime;

struct SampleTokens {
  int count;
  auth::Scopes scopes;
  std::chrono::seconds ttl;
};

// Prints {user_id, token} of random users; returns the exit code. Error(failed): there are none.
int print_sample_tokens(const Runtime& runtime, users::Users& users, auth::Auth& auth,
                        const SampleTokens& wanted);

}  // namespace feedctl::cli
