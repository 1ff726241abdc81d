#pragma once
// A check of a provider's servers, as they answer right now: nobody signs in, nothing is cached and
// no secret is sent. It blocks on the servers, for at most 3 s a call and two calls. Any thread.
#include <chrono>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "oidc/clock.hpp"

namespace feedctl::oidc {

struct ProbeResult {
  std::string summary;  // "https://accounts.google.com answers, with 3 keys"
  // The provider's clock less ours, within a second; nullopt: the answer has no time.
  std::optional<std::chrono::seconds> clock_offset;
};

// Kind openid: discovery, its issuer and endpoints, and a key that id_tokens may be signed with.
// Kind github: the user API, which refuses a request without a token.
// Error(unavailable or config): people cannot sign in there; its hint is what to do.
ProbeResult probe(const config::OidcProvider& provider, const Clock& clock = &now);

}  // namespace feedctl::oidc
