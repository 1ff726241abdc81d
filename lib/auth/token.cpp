#include "auth/token.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "jose/compact_token.hpp"

namespace feedctl::auth {

namespace {

constexpr std::size_t max_kid_size = 64;

const std::string& required_text(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  if (value == nullptr || value->text() == nullptr) throw invalid_token_error(std::string(name));
  return *value->text();
}

// Also a NumericDate as we write them: whole seconds.
std::optional<std::int64_t> optional_integer(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  if (value == nullptr) return std::nullopt;
  if (value->integer() == nullptr) throw invalid_token_error(std::string(name));
  return *value->integer();
}

std::int64_t required_integer(const json::Value& object, std::string_view name) {
  const auto value = optional_integer(object, name);
  if (!value) throw invalid_token_error(std::string(name));
  return *value;
}

Scopes parse_scope_claim(const json::Value& claims) {
  if (const auto scopes = http::parse_scopes(required_text(claims, "scope"))) return *scopes;
  throw invalid_token_error("scope");
}

std::optional<Uuid> parse_sid(const json::Value& claims) {
  if (claims.find("sid") == nullptr) return std::nullopt;
  if (const auto sid = parse_uuid(required_text(claims, "sid"))) return sid;
  throw invalid_token_error("sid");
}

std::int32_t parse_token_version(const json::Value& claims) {
  const auto version = required_integer(claims, "ver");
  if (version < 0 || version > std::numeric_limits<std::int32_t>::max())
    throw invalid_token_error("ver");
  return static_cast<std::int32_t>(version);
}

// When it ends.
std::int64_t check_times(const json::Value& claims, const ClaimRules& rules) {
  const auto now = std::chrono::floor<std::chrono::seconds>(rules.now).time_since_epoch().count();
  const auto exp = required_integer(claims, "exp");
  const auto iat = required_integer(claims, "iat");
  const auto latest = now + clock_leeway.count();
  if (iat < 0 || iat > latest) throw invalid_token_error("iat");
  if (const auto nbf = optional_integer(claims, "nbf"); nbf && *nbf > latest)
    throw invalid_token_error("nbf");
  if (exp <= iat || exp > iat + rules.max_ttl.count()) throw invalid_token_error("exp");
  if (exp <= now) {
    throw Error(ErrorCode::unauthenticated, "the token has expired; get a new one");
  }
  return exp;
}

}  // namespace

Error invalid_token_error(std::string why) {
  return Error(ErrorCode::unauthenticated, "the token is not valid")
      .with_detail("token: " + std::move(why));
}

bool is_valid_kid(std::string_view kid) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '_' || c == '-';
  };
  return !kid.empty() && kid.size() <= max_kid_size && std::all_of(kid.begin(), kid.end(), allowed);
}

ParsedToken parse_token(std::string_view token) try {
  if (token.size() > max_token_size) throw invalid_token_error("too long");
  const auto parts = jose::split_token(token);
  const auto header = jose::parse_object(jose::decode_part(parts.header));
  if (required_text(header, "alg") != "ES256") throw invalid_token_error("alg");
  if (required_text(header, "typ") != token_type) throw invalid_token_error("typ");
  if (!is_valid_kid(required_text(header, "kid"))) throw invalid_token_error("kid");
  // Nothing else: crit, b64, jku, jwk, x5u and their like would change what the signature means.
  if (header.object()->size() != 3) throw invalid_token_error("header");
  if (!jose::has_es256_form(jose::decode_part(parts.signature)))
    throw invalid_token_error("signature");
  return {required_text(header, "kid"), jose::decode_part(parts.payload)};
} catch (const jose::MalformedToken& fault) {
  throw invalid_token_error(fault.what());
}

Claims validate_claims(std::string_view payload, const ClaimRules& rules) try {
  const auto claims = jose::parse_object(payload);
  if (required_text(claims, "iss") != rules.issuer) throw invalid_token_error("iss");
  if (!jose::has_audience(claims, audience)) throw invalid_token_error("aud");
  const auto exp = check_times(claims, rules);
  const auto user_id = parse_id(required_text(claims, "sub"));
  if (!user_id) throw invalid_token_error("sub");
  const auto& role = required_text(claims, "role");
  if (role != "user" && role != "editor" && role != "admin") throw invalid_token_error("role");
  if (required_text(claims, "jti").empty()) throw invalid_token_error("jti");
  return {.user_id = *user_id,
          .admin = role == "admin",
          .editor = role == "editor",
          .scopes = parse_scope_claim(claims),
          .sid = parse_sid(claims),
          .token_version = parse_token_version(claims),
          .expires_at = Time{std::chrono::seconds{exp}}};
} catch (const jose::MalformedToken& fault) {
  throw invalid_token_error(fault.what());
}

std::string to_claims_json(const NewToken& token) {
  const auto issued =
      std::chrono::floor<std::chrono::seconds>(token.issued_at).time_since_epoch().count();
  std::string text;
  json::Writer out(text);
  out.open_object().text("iss", token.issuer).text("aud", audience);
  out.text("sub", std::to_string(token.user_id)).text("role", token.role);
  out.text("scope", to_string(token.scopes));
  if (token.sid) out.text("sid", to_string(*token.sid));
  out.integer("ver", token.token_version);
  out.integer("iat", issued).integer("exp", issued + token.ttl.count());
  out.text("jti", make_uuid_v7()).close_object();
  return text;
}

}  // namespace feedctl::auth
