#include "oidc/http_options.hpp"

#include "oidc/discovery.hpp"

namespace feedctl::oidc {

http_client::Options http_options(const config::OidcProvider& config) {
  const bool is_github = config.kind == config::OidcKind::github;
  return {
      .ca_file = config.ca_file,
      .allow_loopback_http = names_this_machine(is_github ? config.authorize_url : config.issuer),
      .allow_private_addresses = config.allow_private_addresses};
}

}  // namespace feedctl::oidc
