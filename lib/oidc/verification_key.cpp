#include "oidc/verification_key.hpp"

#include <cjose/cjose.h>

#include <algorithm>

#include "base/encoding.hpp"
#include "base/json_writer.hpp"

namespace feedctl::oidc {

namespace {

constexpr std::size_t min_modulus = 256, max_modulus = 1024;  // bytes
constexpr std::size_t max_exponent = 4;
constexpr std::size_t coordinate_size = 32;
constexpr std::size_t max_kid_size = 128;

struct Release {
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
};

const std::string* text_of(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  return value == nullptr ? nullptr : value->text();
}

bool has_value(const json::Value& object, std::string_view name, std::string_view expected) {
  const auto* text = text_of(object, name);
  return text != nullptr && *text == expected;
}

bool is_absent_or(const json::Value& object, std::string_view name, std::string_view expected) {
  return object.find(name) == nullptr || has_value(object, name, expected);
}

std::optional<std::string> bytes_of(const json::Value& object, std::string_view name) {
  const auto* text = text_of(object, name);
  return text == nullptr ? std::nullopt : from_base64url(*text);
}

// Kids of providers are names for us, which we compare and nothing else.
bool is_kid(std::string_view kid) {
  return kid.size() <= max_kid_size &&
         std::all_of(kid.begin(), kid.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_usable_rsa(const json::Value& jwk) {
  const auto modulus = bytes_of(jwk, "n");
  const auto exponent = bytes_of(jwk, "e");
  if (!modulus || !exponent || modulus->empty() || exponent->empty()) return false;
  const bool is_one = exponent->size() == 1 && exponent->front() == 1;
  const bool is_odd = (exponent->back() & 1) != 0;
  return modulus->size() >= min_modulus && modulus->size() <= max_modulus &&
         modulus->front() != '\0' && exponent->size() <= max_exponent && is_odd && !is_one;
}

bool is_usable_ec(const json::Value& jwk) {
  const auto x = bytes_of(jwk, "x");
  const auto y = bytes_of(jwk, "y");
  return has_value(jwk, "crv", "P-256") && x && y && x->size() == coordinate_size &&
         y->size() == coordinate_size;
}

std::string_view algorithm_of(const json::Value& jwk) {
  if (has_value(jwk, "kty", "RSA") && is_usable_rsa(jwk)) return "RS256";
  if (has_value(jwk, "kty", "EC") && is_usable_ec(jwk)) return "ES256";
  return "";
}

// Only the members that make the key: the others are none of cjose's business.
std::string public_part(const json::Value& jwk) {
  std::string out;
  json::Writer writer(out);
  writer.open_object();
  for (const auto* name : {"kty", "n", "e", "crv", "x", "y"}) {
    if (const auto* text = text_of(jwk, name)) writer.text(name, *text);
  }
  writer.close_object();
  return out;
}

std::shared_ptr<void> import_key(const std::string& jwk) {
  cjose_err error{};
  return {cjose_jwk_import(jwk.data(), jwk.size(), &error), [](cjose_jwk_t* key) {
            if (key != nullptr) cjose_jwk_release(key);
          }};
}

}  // namespace

std::optional<VerificationKey> VerificationKey::from_jwk(const json::Value& jwk) {
  const auto algorithm = algorithm_of(jwk);
  if (algorithm.empty() || !is_absent_or(jwk, "alg", algorithm) || !is_absent_or(jwk, "use", "sig"))
    return std::nullopt;
  VerificationKey made;
  if (jwk.find("kid") != nullptr) {
    const auto* kid = text_of(jwk, "kid");
    if (kid == nullptr || !is_kid(*kid)) return std::nullopt;
    made.kid_ = *kid;
  }
  made.algorithm_ = algorithm;
  made.key_ = import_key(public_part(jwk));
  if (!made.key_) return std::nullopt;
  return made;
}

bool VerificationKey::verify(std::string_view token) const {
  cjose_err error{};
  const std::unique_ptr<cjose_jws_t, Release> jws(
      cjose_jws_import(token.data(), token.size(), &error));
  return jws && cjose_jws_verify(jws.get(), static_cast<cjose_jwk_t*>(key_.get()), &error);
}

}  // namespace feedctl::oidc
