#pragma once
// The providers of the configuration. Owns them; immutable after construction, so any thread.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "oidc/clock.hpp"
#include "oidc/provider.hpp"

namespace feedctl::oidc {

class Registry {
 public:
  // `public_url`: auth.public_url. Connects to nothing. Error(config): a ca_file cannot be read.
  Registry(const config::OidcConfig& config, std::string public_url, Clock clock = &now);
  // For tests and other implementations of Provider.
  Registry(std::vector<std::unique_ptr<Provider>> providers, std::string public_url);
  ~Registry();

  // nullptr: there is none of that name.
  Provider* find(std::string_view name) const;
  // In the order of the configuration.
  std::vector<Provider*> list() const;
  bool empty() const { return providers_.empty(); }
  // "https://feed.example.org/auth/callback/google".
  std::string redirect_uri(std::string_view name) const;

 private:
  std::vector<std::unique_ptr<Provider>> providers_;
  std::string public_url_;
};

}  // namespace feedctl::oidc
