#include "oidc/id_token.hpp"

#include <cmath>
#include <optional>

#include "base/ascii.hpp"
#include "jose/compact_token.hpp"
#include "oidc/errors.hpp"
#include "oidc/profile_text.hpp"

namespace feedctl::oidc {

namespace {

constexpr std::size_t max_subject_size = 255;

Error invalid_token(const std::string& why) {
  return invalid_sign_in("id_token: " + why);
}

const std::string* optional_text(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  if (value == nullptr) return nullptr;
  if (value->text() == nullptr) throw invalid_token(std::string(name));
  return value->text();
}

const std::string& required_text(const json::Value& object, std::string_view name) {
  const auto* text = optional_text(object, name);
  if (text == nullptr || text->empty()) throw invalid_token(std::string(name));
  return *text;
}

// A NumericDate: a fraction is allowed.
std::optional<std::int64_t> optional_seconds(const json::Value& claims, std::string_view name) {
  constexpr double max_date = 1e11;
  const auto* value = claims.find(name);
  if (value == nullptr) return std::nullopt;
  const double seconds = value->integer() != nullptr ? static_cast<double>(*value->integer())
                         : value->real() != nullptr  ? std::floor(*value->real())
                                                     : -1;
  if (!(seconds >= 0 && seconds <= max_date)) throw invalid_token(std::string(name));
  return static_cast<std::int64_t>(seconds);
}

std::int64_t required_seconds(const json::Value& claims, std::string_view name) {
  const auto seconds = optional_seconds(claims, name);
  if (!seconds) throw invalid_token(std::string(name));
  return *seconds;
}

// Members that change what the signature means or where its key comes from.
void check_header(const json::Value& header) {
  for (const auto* name : {"crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "enc"}) {
    if (header.find(name) != nullptr) throw invalid_token(std::string("header ") + name);
  }
  // An access token (at+jwt) or a logout token is no id_token.
  const auto* type = optional_text(header, "typ");
  if (type != nullptr && to_lower(*type) != "jwt") throw invalid_token("typ");
}

// We are in the audience; where others are, too, the token must be issued to us.
void check_audience(const json::Value& claims, const std::string& client_id) {
  if (!jose::has_audience(claims, client_id)) throw invalid_token("aud");
  const auto* list = claims.find("aud")->array();
  const auto* party = optional_text(claims, "azp");
  if (party == nullptr && list != nullptr && list->size() > 1) throw invalid_token("azp");
  if (party != nullptr && *party != client_id) throw invalid_token("azp");
}

void check_times(const json::Value& claims, Time at) {
  const auto now = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  const auto leeway = clock_leeway.count();
  if (required_seconds(claims, "exp") <= now - leeway) throw invalid_token("exp");
  if (required_seconds(claims, "iat") > now + leeway) throw invalid_token("iat");
  const auto not_before = optional_seconds(claims, "nbf");
  if (not_before && *not_before > now + leeway) throw invalid_token("nbf");
}

// Some providers write the boolean as a text.
bool is_true(const json::Value& claims, std::string_view name) {
  const auto* value = claims.find(name);
  if (value == nullptr) return false;
  if (value->boolean() != nullptr) return *value->boolean();
  return value->text() != nullptr && *value->text() == "true";
}

}  // namespace

ParsedIdToken parse_id_token(std::string_view token) try {
  if (token.size() > max_id_token_size) throw invalid_token("too long");
  const auto parts = jose::split_token(token);
  const auto header = jose::parse_object(jose::decode_part(parts.header));
  check_header(header);
  const auto& algorithm = required_text(header, "alg");
  if (algorithm != "RS256" && algorithm != "ES256") throw invalid_token("alg");
  const auto signature = jose::decode_part(parts.signature);
  if (algorithm == "ES256" && !jose::has_es256_form(signature)) throw invalid_token("signature");
  const auto* kid = optional_text(header, "kid");
  return {algorithm, kid == nullptr ? "" : *kid, jose::decode_part(parts.payload)};
} catch (const jose::MalformedToken& fault) {
  throw invalid_token(fault.what());
}

json::Value validate_id_token(std::string_view payload, const IdTokenRules& rules) try {
  auto claims = jose::parse_object(payload);
  if (required_text(claims, "iss") != rules.issuer) throw invalid_token("iss");
  check_audience(claims, rules.client_id);
  check_times(claims, rules.now);
  if (rules.nonce.empty() || required_text(claims, "nonce") != rules.nonce)
    throw invalid_token("nonce");
  const auto& subject = required_text(claims, "sub");
  if (subject.size() > max_subject_size || has_control_character(subject))
    throw invalid_token("sub");
  return claims;
} catch (const jose::MalformedToken& fault) {
  throw invalid_token(fault.what());
}

Profile to_profile(std::string issuer, const json::Value& claims) {
  return {.issuer = std::move(issuer),
          .subject = required_text(claims, "sub"),
          .preferred_username = profile_text(claims, "preferred_username"),
          .name = profile_text(claims, "name"),
          .email = profile_text(claims, "email"),
          .email_verified = is_true(claims, "email_verified")};
}

}  // namespace feedctl::oidc
