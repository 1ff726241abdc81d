#include "oidc/registry.hpp"

#include <algorithm>

#include "oidc/github_provider.hpp"
#include "oidc/openid_provider.hpp"

namespace feedctl::oidc {

namespace {

std::unique_ptr<Provider> make_provider(const config::OidcProvider& config, const Clock& clock) {
  if (config.kind == config::OidcKind::github) return std::make_unique<GithubProvider>(config);
  return std::make_unique<OpenIdProvider>(config, clock);
}

}  // namespace

Registry::Registry(const config::OidcConfig& config, std::string public_url, Clock clock)
    : public_url_(std::move(public_url)) {
  for (const auto& provider : config.providers)
    providers_.push_back(make_provider(provider, clock));
}

Registry::Registry(std::vector<std::unique_ptr<Provider>> providers, std::string public_url)
    : providers_(std::move(providers)), public_url_(std::move(public_url)) {}

Registry::~Registry() = default;

Provider* Registry::find(std::string_view name) const {
  const auto found = std::find_if(providers_.begin(), providers_.end(),
                                  [&](const auto& provider) { return provider->name() == name; });
  return found == providers_.end() ? nullptr : found->get();
}

std::vector<Provider*> Registry::list() const {
  std::vector<Provider*> all;
  for (const auto& provider : providers_) all.push_back(provider.get());
  return all;
}

std::string Registry::redirect_uri(std::string_view name) const {
  return public_url_ + "/auth/callback/" + std::string(name);
}

}  // namespace feedctl::oidc
