// Access tokens before and after their signature is checked: what is accepted has one form, and its
// claims come back from the token that is made of them.
#include "auth/token.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "fuzz/fuzz.hpp"

namespace feedctl::fuzz {
namespace {

const Time now = from_unix_us(1'800'000'000'000'000);

auth::ClaimRules rules() {
  return {"feedctl", std::chrono::seconds{86400}, now};
}

void require_unauthenticated(const Error& error) {
  require(error.code() == ErrorCode::unauthenticated, "a refusal of another kind");
}

void check_form(std::string_view token) {
  try {
    const auto parsed = auth::parse_token(token);
    require(token.size() <= auth::max_token_size, "it is too long");
    require(auth::is_valid_kid(parsed.kid), "a kid of any characters");
    const auto header = from_base64url(token.substr(0, token.find('.'))).value();
    const auto members = json::parse(header);
    require(members.object()->size() == 3, "a header with more members: " + header);
    require(*members.find("alg")->text() == "ES256", "another algorithm: " + header);
    const auto payload = token.substr(token.find('.') + 1);
    require(base64url(parsed.payload) == payload.substr(0, payload.find('.')),
            "two forms of one payload");
    require(from_base64url(token.substr(token.rfind('.') + 1)).value().size() == 64,
            "a signature of another size");
  } catch (const Error& error) {
    require_unauthenticated(error);
  }
}

std::string role_of(const auth::Claims& claims) {
  if (claims.admin) return "admin";
  return claims.editor ? "editor" : "user";
}

void check_claims(std::string_view payload) {
  try {
    const auto claims = auth::validate_claims(payload, rules());
    require(claims.user_id > 0, "a user who is none");
    require(!claims.scopes.empty(), "no scope");
    require(claims.token_version >= 0, "a version below zero");
    require(claims.expires_at > now, "it has ended");
    require(claims.expires_at <= now + std::chrono::seconds{86400} + auth::clock_leeway,
            "it lasts too long");
    const auto ttl = std::chrono::floor<std::chrono::seconds>(claims.expires_at - now);
    if (ttl > std::chrono::seconds{86400}) return;
    const auto again = auth::validate_claims(
        auth::to_claims_json({"feedctl", claims.user_id, role_of(claims), claims.scopes, claims.sid,
                              claims.token_version, now, ttl}),
        rules());
    require(again.user_id == claims.user_id && again.scopes == claims.scopes &&
                again.sid == claims.sid && again.admin == claims.admin &&
                again.editor == claims.editor && again.expires_at == claims.expires_at &&
                again.token_version == claims.token_version,
            "other claims come back");
  } catch (const Error& error) {
    require_unauthenticated(error);
  }
}

}  // namespace

void access_token(std::string_view bytes) {
  check_form(bytes);
  check_claims(bytes);
}

}  // namespace feedctl::fuzz
