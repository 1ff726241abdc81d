#pragma once
// Proposes handles for a user who signs in for the first time. Pure functions.
#include <string>
#include <string_view>
#include <vector>

#include "oidc/provider.hpp"

namespace feedctl::accounts {

// The best text of the profile as a handle: its user name, else the e-mail's local part, else the
// name, else "user". Never a reserved one (users/reserved_handles.hpp). Lowercase letters, digits
// and underscores, at most users::max_handle_length.
std::string propose_handle(const oidc::Profile& profile);

// The handle, then with _2 to _9, then with random endings; all within the length.
std::vector<std::string> handle_candidates(const std::string& handle);

// The profile's name if it is a valid display name, else "".
std::string display_name(const oidc::Profile& profile);

}  // namespace feedctl::accounts
