#pragma once
// An OpenID provider for development and tests: whoever asks is signed in as the person that they
// choose, without a password.
//
// It offers discovery, the authorization code flow with PKCE and a client secret, userinfo and a
// JWKS with key rotation. It checks redirect URIs exactly; a code is good for one use within a
// minute. It keeps everything in memory, bounded. It listens on 127.0.0.1 only. One thread owns it.
#include <string>

#include "dev_openid/expiring_store.hpp"
#include "dev_openid/key_ring.hpp"
#include "dev_openid/token_endpoint.hpp"
#include "http/router.hpp"
#include "http_server/server.hpp"

namespace feedctl::dev_openid {

class Provider {
 public:
  explicit Provider(Options options);

  // Returns once the port accepts connections. Error(unavailable) where it cannot bind.
  void start() { server_.start(); }
  void stop() { server_.stop(); }
  // A new key signs from now on, as POST /rotate-keys does.
  std::string rotate_keys(bool keep_old = true) { return keys_.rotate(keep_old); }
  const std::string& issuer() const { return issuer_; }

 private:
  http::Router make_router();
  http::Response authorize(const http::Request& request);
  http::Response sign_in(const http::Request& request);
  http::Response rotate(const http::Request& request);
  std::string discovery_document() const;
  bool is_foreign_page(const http::Request& request) const;

  const Options options_;
  const std::string issuer_;
  KeyRing keys_;
  GrantStore codes_;
  TokenEndpoint tokens_;
  http::Router router_;
  http::Server server_;
};

}  // namespace feedctl::dev_openid
