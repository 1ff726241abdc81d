#pragma once
// A provider of OpenID Connect: discovery, authorization code flow, id_token. Thread-safe.
#include <memory>

#include "config/config.hpp"
#include "oidc/clock.hpp"
#include "oidc/provider.hpp"

namespace feedctl::oidc {

class OpenIdProvider : public Provider {
 public:
  // Connects to nothing. Error(config): ca_file cannot be read.
  OpenIdProvider(const config::OidcProvider& config, Clock clock);
  ~OpenIdProvider() override;

  const std::string& name() const override;
  const std::string& display_name() const override;
  AuthorizationRequest begin(const BeginParameters& parameters) override;
  Profile finish(const CallbackParameters& callback, const Expected& expected) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace feedctl::oidc
