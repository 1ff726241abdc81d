#include "dev_openid/signing_key.hpp"

#include <cjose/cjose.h>

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"

namespace feedctl::dev_openid {

namespace {

constexpr std::size_t kid_bytes = 12;
constexpr std::size_t rsa_bits = 2048;

struct Release {
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
  void operator()(cjose_header_t* header) const { cjose_header_release(header); }
  void operator()(char* text) const { cjose_get_dealloc()(text); }
};
template <typename T>
using Handle = std::unique_ptr<T, Release>;

Error key_error(const char* what, const cjose_err& error) {
  return Error(ErrorCode::internal, "cannot use the provider's signing key")
      .with_detail(std::string(what) + ": " + (error.message != nullptr ? error.message : "?"));
}

cjose_jwk_t* make_key(KeyKind kind, cjose_err& error) {
  if (kind == KeyKind::es256) return cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error);
  const uint8_t exponent[] = {1, 0, 1};
  return cjose_jwk_create_RSA_random(rsa_bits, exponent, sizeof exponent, &error);
}

cjose_jwk_t* to_jwk(const std::shared_ptr<void>& key) {
  return static_cast<cjose_jwk_t*>(key.get());
}

}  // namespace

SigningKey::SigningKey(KeyKind kind) : kind_(kind), kid_(base64url(random_bytes(kid_bytes))) {
  cjose_err error{};
  key_.reset(make_key(kind, error),
             [](void* key) { cjose_jwk_release(static_cast<cjose_jwk_t*>(key)); });
  if (!key_) throw key_error("create", error);
  if (!cjose_jwk_set_kid(to_jwk(key_), kid_.data(), kid_.size(), &error)) {
    throw key_error("set_kid", error);
  }
}

std::string SigningKey::sign(std::string_view payload) const {
  cjose_err error{};
  const std::string algorithm(to_string(kind_));
  const Handle<cjose_header_t> header(cjose_header_new(&error));
  if (!header || !cjose_header_set(header.get(), "alg", algorithm.c_str(), &error) ||
      !cjose_header_set(header.get(), "typ", "JWT", &error) ||
      !cjose_header_set(header.get(), "kid", kid_.c_str(), &error)) {
    throw key_error("header", error);
  }
  const Handle<cjose_jws_t> jws(cjose_jws_sign(to_jwk(key_), header.get(),
                                               reinterpret_cast<const uint8_t*>(payload.data()),
                                               payload.size(), &error));
  const char* text = nullptr;  // belongs to jws
  if (!jws || !cjose_jws_export(jws.get(), &text, &error)) throw key_error("sign", error);
  return text;
}

std::string SigningKey::public_jwk() const {
  cjose_err error{};
  const Handle<char> text(cjose_jwk_to_json(to_jwk(key_), false, &error));
  if (!text) throw key_error("to_json", error);
  const auto jwk = json::parse(text.get());
  std::string out;
  json::Writer writer(out);
  writer.open_object().text("use", "sig").text("alg", to_string(kind_));
  for (const auto& [name, value] : *jwk.object()) {
    if (value.text() != nullptr) writer.text(name, *value.text());
  }
  writer.close_object();
  return out;
}

}  // namespace feedctl::dev_openid
