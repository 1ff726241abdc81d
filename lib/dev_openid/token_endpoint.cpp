#include "dev_openid/token_endpoint.hpp"

#include <optional>

#include "base/encoding.hpp"
#include "base/json_writer.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"
#include "dev_openid/client_credentials.hpp"

namespace feedctl::dev_openid {

namespace {

http::Response oauth_error(int status, std::string_view code, std::string_view description) {
  std::string body;
  json::Writer out(body);
  out.open_object().text("error", code).text("error_description", description).close_object();
  return http::json_response(status, std::move(body));
}

std::string challenge_of(const std::string& verifier) {
  const auto digest = sha256(verifier);
  return base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

bool is_verifier(const std::string& text) {
  return text.size() >= 43 && text.size() <= 128;  // RFC 7636, section 4.1
}

bool fits(const Grant& grant, const Form& form) {
  const auto verifier = form.get("code_verifier");
  return form.get("redirect_uri") == grant.request.redirect_uri && is_verifier(verifier) &&
         challenge_of(verifier) == grant.request.code_challenge;
}

void write_profile(json::Writer& out, const Grant& grant) {
  const auto& person = grant.person;
  out.text("sub", person.username);
  if (grant.request.has_scope("profile")) {
    out.text("preferred_username", person.username).text("name", person.name);
  }
  if (grant.request.has_scope("email")) {
    out.text("email", person.email).boolean("email_verified", true);
  }
}

std::optional<std::string> bearer_token(const http::Request& request) {
  constexpr std::string_view scheme = "Bearer ";
  const auto* header = request.header("authorization");
  if (header == nullptr || header->compare(0, scheme.size(), scheme) != 0) return std::nullopt;
  return header->substr(scheme.size());
}

}  // namespace

TokenEndpoint::TokenEndpoint(const Options& options, const KeyRing& keys, GrantStore& codes)
    : options_(options), keys_(keys), codes_(codes) {}

http::Response TokenEndpoint::exchange(const http::Request& request) {
  const auto form = Form::parse(request.body);
  if (!is_client_authenticated(request, form, options_)) {
    auto refused = oauth_error(401, "invalid_client", "the client or its secret is wrong");
    refused.header("WWW-Authenticate", "Basic realm=\"token\"");
    return refused;
  }
  if (form.get("grant_type") != "authorization_code") {
    return oauth_error(400, "unsupported_grant_type", "only authorization_code is offered");
  }
  // Taken before it is checked: a code that somebody guesses around is worth nothing afterwards.
  const auto grant = codes_.take(form.get("code"), GrantStore::Clock::now());
  if (!grant || !fits(*grant, form)) {
    return oauth_error(400, "invalid_grant",
                       "the code is unknown, used or older than a minute, or it was issued for "
                       "another redirect_uri or code_verifier");
  }
  return http::json_response(200, token_response(*grant));
}

std::string TokenEndpoint::token_response(const Grant& grant) {
  std::string body;
  json::Writer out(body);
  out.open_object().text("access_token", access_tokens_.add(grant, GrantStore::Clock::now()));
  out.text("token_type", "Bearer").integer("expires_in", token_ttl.count());
  out.text("scope", grant.request.scope).text("id_token", id_token(grant)).close_object();
  return body;
}

std::string TokenEndpoint::id_token(const Grant& grant) const {
  const auto issued_at = unix_us(now()) / 1'000'000;
  std::string payload;
  json::Writer out(payload);
  out.open_object().text("iss", issuer_of(options_)).text("aud", options_.client_id);
  out.integer("iat", issued_at).integer("exp", issued_at + token_ttl.count());
  out.integer("auth_time", issued_at);
  if (!grant.request.nonce.empty()) out.text("nonce", grant.request.nonce);
  write_profile(out, grant);
  out.close_object();
  return keys_.sign(payload);
}

http::Response TokenEndpoint::userinfo(const http::Request& request) const {
  const auto token = bearer_token(request);
  const auto grant = token ? access_tokens_.find(*token, GrantStore::Clock::now()) : std::nullopt;
  if (!grant) {
    auto refused = oauth_error(401, "invalid_token", "the access token is unknown or has expired");
    refused.header("WWW-Authenticate", "Bearer error=\"invalid_token\"");
    return refused;
  }
  std::string body;
  json::Writer out(body);
  out.open_object();
  write_profile(out, *grant);
  out.close_object();
  return http::json_response(200, std::move(body));
}

}  // namespace feedctl::dev_openid
