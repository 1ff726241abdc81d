#include "support/signing_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <map>
#include <stdexcept>

#include "base/encoding.hpp"

namespace feedctl::support {

namespace {

constexpr int coordinate_size = 32;

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Deleter<Free>>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

std::shared_ptr<void> own(EVP_PKEY* key) {
  require(key != nullptr, "key");
  return {key, [](void* made) { EVP_PKEY_free(static_cast<EVP_PKEY*>(made)); }};
}

// In base64url; `size` 0: as many bytes as it needs.
std::string number_of(void* key, const char* name, int size = 0) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(static_cast<EVP_PKEY*>(key), name, &number) == 1, name);
  const Owned<BIGNUM, BN_free> owned(number);
  std::string out(static_cast<std::size_t>(size == 0 ? BN_num_bytes(number) : size), '\0');
  BN_bn2binpad(number, bytes(out), static_cast<int>(out.size()));
  return base64url(out);
}

// r and s in place of OpenSSL's DER.
std::string to_compact(const std::string& der) {
  const auto* at = bytes(std::string_view(der));
  const Owned<ECDSA_SIG, ECDSA_SIG_free> signature(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  require(signature != nullptr, "d2i");
  std::string out(2 * coordinate_size, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes(out), coordinate_size);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes(out) + coordinate_size, coordinate_size);
  return out;
}

std::string signature_of(void* key, const std::string& input) {
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  require(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr,
                             static_cast<EVP_PKEY*>(key)) == 1,
          "init");
  const auto* data = bytes(std::string_view(input));
  std::size_t size = 0;
  EVP_DigestSign(context.get(), nullptr, &size, data, input.size());
  std::string signature(size, '\0');
  require(EVP_DigestSign(context.get(), bytes(signature), &size, data, input.size()) == 1, "sign");
  signature.resize(size);
  return signature;
}

std::string signing_input(std::string_view header, std::string_view payload) {
  return base64url(header) + '.' + base64url(payload);
}

}  // namespace

SigningKey SigningKey::rsa(int bits) {
  static std::map<int, std::shared_ptr<void>> made;
  auto& key = made[bits];
  if (!key) key = own(EVP_RSA_gen(static_cast<std::size_t>(bits)));
  return {key, true};
}

SigningKey SigningKey::p256() {
  return {own(EVP_EC_gen("P-256")), false};
}

SigningKey SigningKey::p256(std::string_view private_number) {
  const Owned<BIGNUM, BN_free> number(
      BN_bin2bn(bytes(private_number), static_cast<int>(private_number.size()), nullptr));
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get());
  const Owned<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(builder.get()));
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  require(EVP_PKEY_fromdata_init(context.get()) == 1, "fromdata_init");
  require(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) == 1, "fromdata");
  return {own(key), false};
}

std::string SigningKey::public_members() const {
  auto* key = key_.get();
  if (is_rsa_) {
    return R"("kty":"RSA","n":")" + number_of(key, OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" +
           number_of(key, OSSL_PKEY_PARAM_RSA_E) + '"';
  }
  return R"("kty":"EC","crv":"P-256","x":")" +
         number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, coordinate_size) + R"(","y":")" +
         number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, coordinate_size) + '"';
}

std::string SigningKey::sign(std::string_view header, std::string_view payload) const {
  const auto input = signing_input(header, payload);
  const auto signature = signature_of(key_.get(), input);
  return input + '.' + base64url(is_rsa_ ? signature : to_compact(signature));
}

std::string sign_hs256(std::string_view header, std::string_view payload, std::string_view secret) {
  const auto input = signing_input(header, payload);
  std::string mac(32, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes(std::string_view(input)),
       input.size(), bytes(mac), &size);
  return input + '.' + base64url(mac);
}

}  // namespace feedctl::support
