#include "token_signer.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <map>
#include <stdexcept>

#include "base/encoding.hpp"

namespace feedctl::test {

namespace {

constexpr int coordinate_size = 32;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

std::shared_ptr<void> own(EVP_PKEY* key) {
  require(key != nullptr, "key");
  return {key, [](void* made) { EVP_PKEY_free(static_cast<EVP_PKEY*>(made)); }};
}

std::string number_of(const std::shared_ptr<void>& key, const char* name, int size = 0) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(static_cast<EVP_PKEY*>(key.get()), name, &number) == 1, name);
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> owned(number, &BN_free);
  std::string out(static_cast<std::size_t>(size == 0 ? BN_num_bytes(number) : size), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
  return base64url(out);
}

// r and s in place of OpenSSL's DER.
std::string to_compact(const std::string& der) {
  const auto* at = bytes(der);
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), &ECDSA_SIG_free);
  require(signature != nullptr, "d2i");
  std::string out(2 * coordinate_size, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), to, coordinate_size);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), to + coordinate_size, coordinate_size);
  return out;
}

}  // namespace

TokenSigner::TokenSigner(std::shared_ptr<void> key, std::string kid, bool is_rsa)
    : key_(std::move(key)), kid_(std::move(kid)), is_rsa_(is_rsa) {}

TokenSigner TokenSigner::rsa(const std::string& kid, int bits) {
  static std::map<int, std::shared_ptr<void>> made;
  auto& key = made[bits];
  if (!key) key = own(EVP_RSA_gen(static_cast<std::size_t>(bits)));
  return {key, kid, true};
}

TokenSigner TokenSigner::p256(const std::string& kid) {
  return {own(EVP_EC_gen("P-256")), kid, false};
}

std::string TokenSigner::jwk(const std::string& more) const {
  const auto name = R"({"kid":")" + kid_ + "\",";
  if (is_rsa_) {
    return name + R"("kty":"RSA","n":")" + number_of(key_, OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" +
           number_of(key_, OSSL_PKEY_PARAM_RSA_E) + '"' + more + '}';
  }
  return name + R"("kty":"EC","crv":"P-256","x":")" +
         number_of(key_, OSSL_PKEY_PARAM_EC_PUB_X, coordinate_size) + R"(","y":")" +
         number_of(key_, OSSL_PKEY_PARAM_EC_PUB_Y, coordinate_size) + '"' + more + '}';
}

std::string TokenSigner::header() const {
  return R"({"alg":")" + algorithm() + R"(","kid":")" + kid_ + "\"}";
}

std::string TokenSigner::sign(std::string_view header, std::string_view payload) const {
  const auto input = base64url(header) + '.' + base64url(payload);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  require(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr,
                             static_cast<EVP_PKEY*>(key_.get())) == 1,
          "init");
  std::size_t size = 0;
  EVP_DigestSign(context.get(), nullptr, &size, bytes(input), input.size());
  std::string signature(size, '\0');
  require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                         bytes(input), input.size()) == 1,
          "sign");
  signature.resize(size);
  return input + '.' + base64url(is_rsa_ ? signature : to_compact(signature));
}

std::string sign_hs256(std::string_view header, std::string_view payload, std::string_view secret) {
  const auto input = base64url(header) + '.' + base64url(payload);
  std::string mac(32, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes(input), input.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  return input + '.' + base64url(mac);
}

}  // namespace feedctl::test
