#pragma once
// The provider's token endpoint (RFC 6749, section 4.1.3; Core 1.0, section 3.1.3) and its userinfo
// endpoint. It refers to the keys and codes of its provider. Thread-safe.
#include <chrono>
#include <string>

#include "dev_openid/authorization_request.hpp"
#include "dev_openid/expiring_store.hpp"
#include "dev_openid/key_ring.hpp"
#include "http/message.hpp"

namespace feedctl::dev_openid {

// What an authorization code stands for.
struct Grant {
  AuthorizationRequest request;
  Person person;
};
using GrantStore = ExpiringStore<Grant>;

inline constexpr std::chrono::seconds code_ttl{60};
inline constexpr std::chrono::seconds token_ttl{600};

class TokenEndpoint {
 public:
  TokenEndpoint(const Options& options, const KeyRing& keys, GrantStore& codes);

  http::Response exchange(const http::Request& request);
  http::Response userinfo(const http::Request& request) const;

 private:
  std::string token_response(const Grant& grant);
  std::string id_token(const Grant& grant) const;

  const Options& options_;
  const KeyRing& keys_;
  GrantStore& codes_;
  GrantStore access_tokens_{token_ttl};
};

}  // namespace feedctl::dev_openid
