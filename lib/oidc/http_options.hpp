#pragma once
// How a provider's servers may be called. Pure function.
#include "config/config.hpp"
#include "http_client/client.hpp"

namespace feedctl::oidc {

http_client::Options http_options(const config::OidcProvider& config);

}  // namespace feedctl::oidc
