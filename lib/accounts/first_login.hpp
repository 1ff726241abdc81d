#pragma once
// Finds the user of an identity (issuer, subject), or creates one at the first sign-in. An e-mail
// address never finds a user: the provider of another person may claim it. Thread-safe. Errors as
// of store::Database.
#include <string>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "oidc/provider.hpp"
#include "store/database.hpp"

namespace feedctl::accounts {

struct SignedIn {
  Id user_id = 0;
  bool is_new = false;
};

// Concurrent first sign-ins of one identity find one user. A new user has a proposed handle, which
// its owner may change once. An identity whose account is deleted gets a new one.
// Error(permission_denied) for a suspended account.
SignedIn find_or_create_user(store::Database& database, const std::string& provider,
                             const oidc::Profile& profile, Time now);

Error suspended_error();

}  // namespace feedctl::accounts
