#include <algorithm>

#include "config/oidc_options.hpp"

namespace feedctl::config {

namespace {

class ProviderCheck {
 public:
  ProviderCheck(const LoadedConfig& loaded, const OidcProvider& provider,
                std::vector<FieldError>& mistakes)
      : loaded_(loaded),
        provider_(provider),
        prefix_("oidc." + provider.name + "."),
        mistakes_(mistakes) {}

  void run() const {
    require("client_id", provider_.client_id.empty());
    if (provider_.kind == OidcKind::openid)
      check_openid();
    else
      check_github();
  }

  // Where the provider comes from, as far as it is known.
  std::string place() const {
    const auto first = loaded_.origins.lower_bound(prefix_);
    const bool is_own =
        first != loaded_.origins.end() && first->first.compare(0, prefix_.size(), prefix_) == 0;
    return is_own ? first->second.where : loaded_.file.empty() ? "environment" : loaded_.file;
  }

 private:
  void check_openid() const {
    require("issuer", provider_.issuer.empty());
    for (const auto* key : {"authorize_url", "token_url", "api_url"}) refuse(key, "github");
    const auto& scopes = provider_.scopes;
    if (!scopes.empty() && std::find(scopes.begin(), scopes.end(), "openid") == scopes.end())
      add(place_of("scopes"), "scopes lacks openid, without which there is no id_token");
  }

  void check_github() const {
    require("client_secret", provider_.client_secret.empty());
    require("authorize_url", provider_.authorize_url.empty());
    require("token_url", provider_.token_url.empty());
    require("api_url", provider_.api_url.empty());
    refuse("issuer", "openid");
    check_github_urls();
  }

  // The API of one server would say who signed in at another one, such as the default.
  void check_github_urls() const {
    int set = 0;
    for (const auto* key : {"authorize_url", "token_url", "api_url"})
      set += loaded_.origins.count(prefix_ + key) != 0 ? 1 : 0;
    if (set != 0 && set != 3)
      add(place(), "authorize_url, token_url and api_url belong together: set all three, or none");
  }

  void require(const std::string& key, bool is_missing) const {
    if (is_missing) add(place(), key + " is missing; set it, or " + env_name(prefix_ + key));
  }
  void refuse(const std::string& key, const std::string& kind) const {
    if (loaded_.origins.count(prefix_ + key) != 0)
      add(place_of(key), key + " belongs to kind " + kind);
  }

  std::string place_of(const std::string& key) const {
    const auto origin = loaded_.origins.find(prefix_ + key);
    return origin == loaded_.origins.end() ? place() : origin->second.where;
  }
  void add(std::string place, const std::string& message) const {
    mistakes_.push_back({std::move(place), prefix_ + message});
  }

  const LoadedConfig& loaded_;
  const OidcProvider& provider_;
  const std::string prefix_;
  std::vector<FieldError>& mistakes_;
};

}  // namespace

std::vector<FieldError> check_providers(const LoadedConfig& loaded) {
  std::vector<FieldError> mistakes;
  const auto& providers = loaded.config.oidc.providers;
  for (const auto& provider : providers) ProviderCheck(loaded, provider, mistakes).run();
  if (providers.empty()) return mistakes;
  const auto place = ProviderCheck(loaded, providers.front(), mistakes).place();
  if (loaded.config.auth.public_url.empty()) {
    mistakes.push_back({place,
                        "auth.public_url is missing; providers send people back to it, such "
                        "as https://feed.example.org"});
  }
  return mistakes;
}

std::string_view example_providers() {
  return R"(  # google:
  #   display_name: Google
  #   issuer: https://accounts.google.com
  #   client_id: 1234567890-abc.apps.googleusercontent.com
  #   client_secret_file: google.secret
  # github:
  #   kind: github
  #   display_name: GitHub
  #   client_id: Ov23li0123456789abcd
  #   client_secret_file: github.secret
  # keycloak:
  #   display_name: Example
  #   issuer: https://login.example.org/realms/example
  #   client_id: feedctl
  #   client_secret_file: keycloak.secret
  #   allow_private_addresses: true
)";
}

}  // namespace feedctl::config
