#pragma once
// The configuration that an OpenID provider publishes (OpenID Connect Discovery 1.0). Plain value.
#include <string>

#include "base/http_url.hpp"
#include "base/json.hpp"

namespace feedctl::oidc {

enum class ClientAuthentication { basic, post };  // how the client's secret is sent

struct Discovery {
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string jwks_uri;
  std::string userinfo_endpoint;  // "": none
  ClientAuthentication authentication = ClientAuthentication::basic;
  bool sends_issuer = false;  // with every callback (RFC 9207)
};

// "https://idp.example.org/realms/x/" -> ".../realms/x/.well-known/openid-configuration".
std::string discovery_url(const std::string& issuer);

// Error(unavailable): the document names another issuer, or an endpoint that is not https. Where
// the issuer is on this machine, endpoints there may be http.
Discovery parse_discovery(const std::string& provider, const std::string& issuer,
                          const json::Value& document);

// Whether calls to, and sign-in pages at, this URL are allowed: https, or http to this machine
// where `may_be_local`.
bool is_endpoint_allowed(const std::string& url, bool may_be_local);

// The issuer, or another URL of the configuration, names this machine.
bool names_this_machine(const std::string& url);

}  // namespace feedctl::oidc
