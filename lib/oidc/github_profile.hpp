#pragma once
// What GitHub's user API says about a person. Pure functions.
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "oidc/provider.hpp"

namespace feedctl::oidc {

// From GET /user. nullopt: it has no id that is a positive number.
std::optional<Profile> to_github_profile(std::string issuer, const json::Value& user);

// From the body of GET /user/emails; "": none is primary and verified.
std::string primary_verified_email(std::string_view body);

}  // namespace feedctl::oidc
