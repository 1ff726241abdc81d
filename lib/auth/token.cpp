#include "auth/token.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/cursor.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"

namespace feedctl::auth {

namespace {

constexpr std::size_t signature_size = 64;
constexpr std::size_t max_kid = 64;

std::array<std::string_view, 3> three_parts(std::string_view token) {
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    throw bad_token("not three parts");
  }
  return {token.substr(0, first), token.substr(first + 1, second - first - 1),
          token.substr(second + 1)};
}

std::string decoded(std::string_view part) {
  auto bytes = from_base64url(part);
  if (!bytes || bytes->empty()) throw bad_token("not canonical base64url");
  return std::move(*bytes);
}

json::Value object_of(std::string_view text) {
  try {
    auto value = json::parse(text);
    if (value.object() != nullptr) return value;
  } catch (const Error& error) {
    throw bad_token(error.hint());
  }
  throw bad_token("not a JSON object");
}

const std::string& text_of(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  if (value == nullptr || value->text() == nullptr) throw bad_token(std::string(name));
  return *value->text();
}

// A NumericDate as we write them: whole seconds.
std::optional<std::int64_t> seconds_of(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  if (value == nullptr) return std::nullopt;
  if (value->integer() == nullptr) throw bad_token(std::string(name));
  return *value->integer();
}

std::int64_t required_seconds(const json::Value& object, std::string_view name) {
  const auto value = seconds_of(object, name);
  if (!value) throw bad_token(std::string(name));
  return *value;
}

void check_signature_shape(std::string_view signature) {
  const auto zero = [](std::string_view half) {
    return std::all_of(half.begin(), half.end(), [](char c) { return c == '\0'; });
  };
  if (signature.size() != signature_size || zero(signature.substr(0, signature_size / 2)) ||
      zero(signature.substr(signature_size / 2))) {
    throw bad_token("signature");
  }
}

// One audience, or a list with us in it.
void check_audience(const json::Value& claims) {
  const auto is_us = [](const json::Value& v) {
    return v.text() != nullptr && *v.text() == audience;
  };
  const auto* value = claims.find("aud");
  if (value == nullptr) throw bad_token("aud");
  const auto* list = value->array();
  if (list != nullptr ? std::none_of(list->begin(), list->end(), is_us) : !is_us(*value)) {
    throw bad_token("aud");
  }
}

// When it ends.
std::int64_t check_times(const json::Value& claims, const Rules& rules) {
  const auto now = std::chrono::floor<std::chrono::seconds>(rules.now).time_since_epoch().count();
  const auto exp = required_seconds(claims, "exp");
  const auto iat = required_seconds(claims, "iat");
  const auto latest = now + clock_leeway.count();
  if (iat < 0 || iat > latest) throw bad_token("iat");
  if (const auto nbf = seconds_of(claims, "nbf"); nbf && *nbf > latest) throw bad_token("nbf");
  if (exp <= iat || exp > iat + rules.max_ttl.count()) throw bad_token("exp");
  if (exp <= now) {
    throw Error(ErrorCode::unauthenticated, "the token has expired; get a new one");
  }
  return exp;
}

}  // namespace

Error bad_token(std::string why) {
  return Error(ErrorCode::unauthenticated, "the token is not valid")
      .with_detail("token: " + std::move(why));
}

bool valid_kid(std::string_view kid) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '_' || c == '-';
  };
  return !kid.empty() && kid.size() <= max_kid && std::all_of(kid.begin(), kid.end(), allowed);
}

Token read_token(std::string_view token) {
  if (token.size() > max_token_size) throw bad_token("too long");
  const auto [header_part, payload_part, signature_part] = three_parts(token);
  const auto header = object_of(decoded(header_part));
  if (text_of(header, "alg") != "ES256") throw bad_token("alg");
  if (text_of(header, "typ") != token_type) throw bad_token("typ");
  if (!valid_kid(text_of(header, "kid"))) throw bad_token("kid");
  // Nothing else: crit, b64, jku, jwk, x5u and their like would change what the signature means.
  if (header.object()->size() != 3) throw bad_token("header");
  check_signature_shape(decoded(signature_part));
  return {text_of(header, "kid"), decoded(payload_part)};
}

Claims check_claims(std::string_view payload, const Rules& rules) {
  const auto claims = object_of(payload);
  if (text_of(claims, "iss") != rules.issuer) throw bad_token("iss");
  check_audience(claims);
  const auto exp = check_times(claims, rules);
  const auto user_id = parse_id(text_of(claims, "sub"));
  if (!user_id) throw bad_token("sub");
  const auto& role = text_of(claims, "role");
  if (role != "user" && role != "editor" && role != "admin") throw bad_token("role");
  if (text_of(claims, "jti").empty()) throw bad_token("jti");
  return {*user_id, role == "admin", Time{std::chrono::seconds{exp}}};
}

std::string claims_json(const NewToken& token) {
  const auto issued =
      std::chrono::floor<std::chrono::seconds>(token.issued_at).time_since_epoch().count();
  std::string text;
  json::Writer out(text);
  out.open_object().text("iss", token.issuer).text("aud", audience);
  out.text("sub", std::to_string(token.user_id)).text("role", token.role);
  out.integer("iat", issued).integer("exp", issued + token.ttl.count());
  out.text("jti", make_uuid_v7()).close_object();
  return text;
}

}  // namespace feedctl::auth
