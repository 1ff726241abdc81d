#include "oidc/id_token.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "oidc/errors.hpp"
#include "oidc/profile_text.hpp"

namespace feedctl::oidc {

namespace {

constexpr std::size_t max_subject_size = 255;
constexpr std::size_t es256_signature_size = 64;

Error invalid_token(const std::string& why) {
  return invalid_sign_in("id_token: " + why);
}

std::array<std::string_view, 3> split_token(std::string_view token) {
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    throw invalid_token("not three parts");
  return {token.substr(0, first), token.substr(first + 1, second - first - 1),
          token.substr(second + 1)};
}

std::string decode(std::string_view part) {
  auto bytes = from_base64url(part);
  if (!bytes || bytes->empty()) throw invalid_token("not canonical base64url");
  return std::move(*bytes);
}

json::Value parse_object(std::string_view text) {
  try {
    auto value = json::parse(text);
    if (value.object() != nullptr) return value;
  } catch (const Error& error) {
    throw invalid_token(error.hint());
  }
  throw invalid_token("not a JSON object");
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

void check_signature_shape(std::string_view algorithm, std::string_view signature) {
  if (algorithm != "ES256") return;
  const auto is_zero = [](std::string_view half) {
    return std::all_of(half.begin(), half.end(), [](char c) { return c == '\0'; });
  };
  const auto half = es256_signature_size / 2;
  if (signature.size() != es256_signature_size || is_zero(signature.substr(0, half)) ||
      is_zero(signature.substr(half))) {
    throw invalid_token("signature");
  }
}

// We are in the audience; where others are, too, the token must be issued to us.
void check_audience(const json::Value& claims, const std::string& client_id) {
  const auto is_us = [&](const json::Value& v) { return v.text() && *v.text() == client_id; };
  const auto* value = claims.find("aud");
  if (value == nullptr) throw invalid_token("aud");
  const auto* list = value->array();
  if (list != nullptr ? std::none_of(list->begin(), list->end(), is_us) : !is_us(*value))
    throw invalid_token("aud");
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

ParsedIdToken parse_id_token(std::string_view token) {
  if (token.size() > max_id_token_size) throw invalid_token("too long");
  const auto [header_part, payload_part, signature_part] = split_token(token);
  const auto header = parse_object(decode(header_part));
  check_header(header);
  const auto& algorithm = required_text(header, "alg");
  if (algorithm != "RS256" && algorithm != "ES256") throw invalid_token("alg");
  check_signature_shape(algorithm, decode(signature_part));
  const auto* kid = optional_text(header, "kid");
  return {algorithm, kid == nullptr ? "" : *kid, decode(payload_part)};
}

json::Value validate_id_token(std::string_view payload, const IdTokenRules& rules) {
  auto claims = parse_object(payload);
  if (required_text(claims, "iss") != rules.issuer) throw invalid_token("iss");
  check_audience(claims, rules.client_id);
  check_times(claims, rules.now);
  if (rules.nonce.empty() || required_text(claims, "nonce") != rules.nonce)
    throw invalid_token("nonce");
  const auto& subject = required_text(claims, "sub");
  if (subject.size() > max_subject_size || has_control_character(subject))
    throw invalid_token("sub");
  return claims;
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
