#pragma once
// The exchange of an authorization code at the token endpoint (RFC 6749, section 4.1.3; RFC 7636).
// Pure but for the call; any thread.
#include <string>

#include "base/json.hpp"
#include "base/secret.hpp"
#include "http_client/client.hpp"
#include "oidc/discovery.hpp"
#include "oidc/provider.hpp"
#include "oidc/provider_client.hpp"

namespace feedctl::oidc {

struct OAuthClient {
  std::string provider;  // its name, for errors
  std::string id;
  Secret<std::string> secret;  // "": a public client
};

struct TokenRequest {
  std::string endpoint;
  ClientAuthentication authentication;
  std::string code;
  std::string code_verifier;
  std::string redirect_uri;
};

// The answer of the token endpoint. Error(invalid_argument): the provider does not take the code.
json::Value exchange_code(const ProviderClient& http, const OAuthClient& client,
                          const TokenRequest& request);

// `endpoint` with `fields` behind its query. For addresses that a browser goes to.
std::string with_query(const std::string& endpoint, const http_client::FormFields& fields);

// The callback's code. Error(invalid_argument): the provider sent an error, or no code.
const std::string& code_of(const CallbackParameters& callback);

}  // namespace feedctl::oidc
