#include "feedctl/serve/account_services.hpp"

#include "accounts/routes.hpp"

namespace feedctl::app {

namespace {

accounts::Options account_options(const config::AuthConfig& config) {
  accounts::Options options;
  options.access_token_ttl = std::chrono::floor<std::chrono::seconds>(config.token_ttl);
  options.max_access_token_ttl = std::chrono::floor<std::chrono::seconds>(config.max_token_ttl);
  return options;
}

}  // namespace

AccountServices::AccountServices(const config::Config& config, store::Database& database,
                                 auth::Auth& auth, users::Users& users)
    : auth_(auth),
      providers_(config.oidc, config.auth.public_url),
      accounts_(account_options(config.auth), database, auth, users, providers_) {}

void AccountServices::add_routes(http::Router& router) {
  accounts::add_routes(router, {accounts_, auth_});
}

}  // namespace feedctl::app
