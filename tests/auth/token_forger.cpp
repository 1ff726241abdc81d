#include "token_forger.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>

#include <memory>
#include <stdexcept>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "support/json.hpp"

namespace feedctl::test {

namespace {

template <auto Free>
struct OpensslDeleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Number = std::unique_ptr<BIGNUM, OpensslDeleter<BN_free>>;
using Key = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void require_openssl(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

Key key_of(const std::string& private_part) {
  const Number number(
      BN_bin2bn(bytes(private_part), static_cast<int>(private_part.size()), nullptr));
  const std::unique_ptr<OSSL_PARAM_BLD, OpensslDeleter<OSSL_PARAM_BLD_free>> builder(
      OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get());
  const std::unique_ptr<OSSL_PARAM, OpensslDeleter<OSSL_PARAM_free>> params(
      OSSL_PARAM_BLD_to_param(builder.get()));
  const std::unique_ptr<EVP_PKEY_CTX, OpensslDeleter<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  require_openssl(EVP_PKEY_fromdata_init(context.get()) == 1, "fromdata_init");
  require_openssl(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) == 1,
                  "fromdata");
  return Key(key);
}

// The 64 bytes of r and s in place of OpenSSL's DER.
std::string to_compact(const std::string& der) {
  const auto* at = bytes(der);
  const std::unique_ptr<ECDSA_SIG, OpensslDeleter<ECDSA_SIG_free>> signature(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  require_openssl(signature != nullptr, "d2i");
  std::string out(64, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), to, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), to + 32, 32);
  return out;
}

std::string member(const json::Value& jwk, const char* name) {
  return support::text_in(jwk, name);
}

}  // namespace

TokenForger::TokenForger(const Secret<std::string>& jwk) {
  const auto value = json::parse(jwk.reveal());
  private_key_ = from_base64url(member(value, "d")).value();
  kid_ = member(value, "kid");
  public_jwk_ = R"({"kty":"EC","crv":"P-256","x":")" + member(value, "x") + R"(","y":")" +
                member(value, "y") + "\"}";
}

std::string TokenForger::valid_header() const {
  return R"({"alg":"ES256","typ":"at+jwt","kid":")" + kid_ + "\"}";
}

std::string TokenForger::sign(std::string_view header, std::string_view payload) const {
  const auto input = base64url(header) + '.' + base64url(payload);
  const auto key = key_of(private_key_);
  const std::unique_ptr<EVP_MD_CTX, OpensslDeleter<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  require_openssl(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1,
                  "init");
  std::size_t size = 0;
  EVP_DigestSign(context.get(), nullptr, &size, bytes(input), input.size());
  std::string der(size, '\0');
  require_openssl(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &size,
                                 bytes(input), input.size()) == 1,
                  "sign");
  der.resize(size);
  return input + '.' + base64url(to_compact(der));
}

std::string TokenForger::sign_hs256(std::string_view header, std::string_view payload,
                                    std::string_view secret) const {
  const auto input = base64url(header) + '.' + base64url(payload);
  std::string mac(32, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes(input), input.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  return input + '.' + base64url(mac);
}

}  // namespace feedctl::test
