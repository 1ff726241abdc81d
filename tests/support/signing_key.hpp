#pragma once
// Private keys, and tokens signed by them as a test pleases: the signature is genuine, whatever
// header and payload say. Tests that forge tokens build on it.
#include <memory>
#include <string>
#include <string_view>

namespace feedctl::support {

class SigningKey {
 public:
  // RSA keys are slow to make: one of each size is shared by all tests.
  static SigningKey rsa(int bits = 2048);
  static SigningKey p256();
  // The private key that a JWK has in `d`, decoded. It has no public part.
  static SigningKey p256(std::string_view private_number);

  bool is_rsa() const { return is_rsa_; }
  // "kty":"RSA","n":"..","e":".." or "kty":"EC","crv":"P-256","x":"..","y":"..".
  std::string public_members() const;
  // header.payload.signature, with RS256 or ES256.
  std::string sign(std::string_view header, std::string_view payload) const;

 private:
  SigningKey(std::shared_ptr<void> key, bool is_rsa) : key_(std::move(key)), is_rsa_(is_rsa) {}

  std::shared_ptr<void> key_;  // EVP_PKEY
  bool is_rsa_;
};

// header.payload.signature, with HS256.
std::string sign_hs256(std::string_view header, std::string_view payload, std::string_view secret);

}  // namespace feedctl::support
