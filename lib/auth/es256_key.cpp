#include "auth/es256_key.hpp"

#include <cjose/cjose.h>

#include "auth/token.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"

namespace feedctl::auth {

namespace {

constexpr std::size_t kid_size = 32;

struct Release {
  void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
  void operator()(cjose_header_t* header) const { cjose_header_release(header); }
  void operator()(char* text) const { cjose_get_dealloc()(text); }
};
template <typename T>
using Handle = std::unique_ptr<T, Release>;

Error signing_key_error(const char* what, const cjose_err& error) {
  return Error(ErrorCode::internal, "cannot use the signing key")
      .with_detail(std::string(what) + ": " + (error.message != nullptr ? error.message : "?"));
}

std::string to_json(cjose_jwk_t* key, bool with_private_part) {
  cjose_err error{};
  const Handle<char> text(cjose_jwk_to_json(key, with_private_part, &error));
  if (!text) throw signing_key_error("to_json", error);
  return text.get();
}

struct PublicPoint {
  std::string x, y;  // base64url
};

PublicPoint public_point(cjose_jwk_t* key) {
  const auto jwk = json::parse(to_json(key, false));
  const auto* x = jwk.find("x");
  const auto* y = jwk.find("y");
  if (x == nullptr || y == nullptr || x->text() == nullptr || y->text() == nullptr) {
    throw Error(ErrorCode::internal, "cannot use the signing key");
  }
  return {*x->text(), *y->text()};
}

// As RFC 7638 makes thumbprints, in hex and shortened.
std::string kid_of(cjose_jwk_t* key) {
  const auto point = public_point(key);
  const auto canonical =
      R"({"crv":"P-256","kty":"EC","x":")" + point.x + R"(","y":")" + point.y + "\"}";
  return sha256_hex(canonical).substr(0, kid_size);
}

std::string public_jwk_of(cjose_jwk_t* key, std::string_view kid) {
  const auto point = public_point(key);
  std::string text;
  json::Writer out(text);
  out.open_object().text("kty", "EC").text("crv", "P-256").text("x", point.x).text("y", point.y);
  out.text("kid", kid).text("use", "sig").text("alg", "ES256").close_object();
  return text;
}

cjose_jwk_t* to_jwk(const std::shared_ptr<void>& key) {
  return static_cast<cjose_jwk_t*>(key.get());
}

}  // namespace

Secret<std::string> Es256Key::make_jwk() {
  cjose_err error{};
  const Handle<cjose_jwk_t> key(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error));
  if (!key) throw signing_key_error("create", error);
  const auto kid = kid_of(key.get());
  if (!cjose_jwk_set_kid(key.get(), kid.data(), kid.size(), &error))
    throw signing_key_error("set_kid", error);
  return Secret<std::string>(to_json(key.get(), true));
}

Es256Key::Es256Key(const Secret<std::string>& jwk) {
  cjose_err error{};
  const auto& text = jwk.reveal();
  key_.reset(cjose_jwk_import(text.data(), text.size(), &error),
             [](void* key) { Release()(static_cast<cjose_jwk_t*>(key)); });
  if (!key_) throw signing_key_error("import", error);
  if (cjose_jwk_get_kty(to_jwk(key_), &error) != CJOSE_JWK_KTY_EC ||
      cjose_jwk_EC_get_curve(to_jwk(key_), &error) != CJOSE_JWK_EC_P_256) {
    throw Error(ErrorCode::internal, "the signing key is not of the kind ES256 needs");
  }
  const char* kid = cjose_jwk_get_kid(to_jwk(key_), &error);
  if (kid == nullptr || !is_valid_kid(kid)) {
    throw Error(ErrorCode::internal, "the signing key has no usable kid");
  }
  kid_ = kid;
  public_jwk_ = public_jwk_of(to_jwk(key_), kid_);
}

std::string Es256Key::sign(std::string_view payload) const {
  cjose_err error{};
  const Handle<cjose_header_t> header(cjose_header_new(&error));
  if (!header || !cjose_header_set(header.get(), "alg", "ES256", &error) ||
      !cjose_header_set(header.get(), "typ", token_type, &error) ||
      !cjose_header_set(header.get(), "kid", kid_.c_str(), &error)) {
    throw signing_key_error("header", error);
  }
  const Handle<cjose_jws_t> jws(cjose_jws_sign(to_jwk(key_), header.get(),
                                               reinterpret_cast<const uint8_t*>(payload.data()),
                                               payload.size(), &error));
  const char* text = nullptr;  // belongs to jws
  if (!jws || !cjose_jws_export(jws.get(), &text, &error)) throw signing_key_error("sign", error);
  return text;
}

bool Es256Key::verify(std::string_view token) const {
  cjose_err error{};
  const Handle<cjose_jws_t> jws(cjose_jws_import(token.data(), token.size(), &error));
  return jws && cjose_jws_verify(jws.get(), to_jwk(key_), &error);
}

}  // namespace feedctl::auth
