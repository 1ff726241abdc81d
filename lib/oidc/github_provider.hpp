#pragma once
// GitHub, GitHub Enterprise, or a server of their kind: OAuth 2.0 and a user API, no id_token. The
// issuer of its people is the origin of the authorize URL; the subject is the numeric id, since
// names are given to others once they are free. Thread-safe.
#include <memory>

#include "config/config.hpp"
#include "oidc/provider.hpp"

namespace feedctl::oidc {

class GithubProvider : public Provider {
 public:
  // Connects to nothing. Error(config): ca_file cannot be read.
  explicit GithubProvider(const config::OidcProvider& config);
  ~GithubProvider() override;

  const std::string& name() const override;
  const std::string& display_name() const override;
  AuthorizationRequest begin(const BeginParameters& parameters) override;
  Profile finish(const CallbackParameters& callback, const Expected& expected) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace feedctl::oidc
