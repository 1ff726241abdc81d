#pragma once
// A provider that people sign in at: OpenID Connect, or OAuth 2.0 with a user API. The
// authorization code flow with PKCE (RFC 7636), seen from the client. Thread-safe; calls block on
// the provider's servers, at most a few at a time. Errors:
//   invalid_argument   the callback or what the provider says about it is not acceptable: 400
//   unavailable        the provider cannot be reached, answers nonsense, or is busy: 503
#include <optional>
#include <string>

namespace feedctl::oidc {

// What a sign-in sends. All values come from the caller, who keeps them until the callback.
struct BeginParameters {
  std::string state;
  std::string nonce;
  std::string code_challenge;  // S256, see pkce.hpp
  std::string redirect_uri;
};

struct AuthorizationRequest {
  std::string url;  // where the browser goes
};

// The query of the callback, percent-decoded. The caller has checked `state`.
struct CallbackParameters {
  std::string code = {};
  std::optional<std::string> iss = {};  // RFC 9207
  std::string error = {};               // instead of a code: "access_denied"
};

// What the callback must fit to.
struct Expected {
  std::string nonce;
  std::string code_verifier;
  std::string redirect_uri;
};

// Who signed in. The pair of issuer and subject names the person; an e-mail address never does.
// Other texts are at most 256 bytes of UTF-8; "": the provider does not say.
struct Profile {
  std::string issuer;
  std::string subject;
  std::string preferred_username = {};
  std::string name = {};
  std::string email = {};
  bool email_verified = false;
};

class Provider {
 public:
  virtual ~Provider() = default;
  virtual const std::string& name() const = 0;          // "google", as in URLs
  virtual const std::string& display_name() const = 0;  // "Google"
  virtual AuthorizationRequest begin(const BeginParameters& parameters) = 0;
  // Exchanges the code and validates the answer.
  virtual Profile finish(const CallbackParameters& callback, const Expected& expected) = 0;
};

}  // namespace feedctl::oidc
