#include "oidc/github_profile.hpp"

#include "base/error.hpp"
#include "oidc/profile_text.hpp"

namespace feedctl::oidc {

namespace {

bool is_true(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  return value != nullptr && value->boolean() != nullptr && *value->boolean();
}

}  // namespace

std::optional<Profile> to_github_profile(std::string issuer, const json::Value& user) {
  const auto* id = user.find("id");
  if (id == nullptr || id->integer() == nullptr || *id->integer() <= 0) return std::nullopt;
  return Profile{.issuer = std::move(issuer),
                 .subject = std::to_string(*id->integer()),
                 .preferred_username = profile_text(user, "login"),
                 .name = profile_text(user, "name"),
                 .email = profile_text(user, "email")};
}

std::string primary_verified_email(std::string_view body) {
  try {
    const auto document = json::parse(body);
    if (document.array() == nullptr) return "";
    for (const auto& entry : *document.array()) {
      if (is_true(entry, "primary") && is_true(entry, "verified"))
        return profile_text(entry, "email");
    }
  } catch (const Error&) {
  }
  return "";
}

}  // namespace feedctl::oidc
