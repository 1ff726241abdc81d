#pragma once
// Keys of a provider, and tokens signed by them as the test pleases.
#include <memory>
#include <string>
#include <string_view>

namespace feedctl::test {

class TokenSigner {
 public:
  // RSA keys are slow to make: one of each size is shared by all tests.
  static TokenSigner rsa(const std::string& kid, int bits = 2048);
  static TokenSigner p256(const std::string& kid);

  const std::string& kid() const { return kid_; }
  std::string algorithm() const { return is_rsa_ ? "RS256" : "ES256"; }
  // The public part; `more` goes behind it: `,"use":"enc"`.
  std::string jwk(const std::string& more = "") const;
  // {"alg":"RS256","kid":".."}
  std::string header() const;
  // header.payload.signature; the signature is genuine, whatever the header says.
  std::string sign(std::string_view header, std::string_view payload) const;

 private:
  TokenSigner(std::shared_ptr<void> key, std::string kid, bool is_rsa);

  std::shared_ptr<void> key_;  // EVP_PKEY
  std::string kid_;
  bool is_rsa_;
};

// With HS256.
std::string sign_hs256(std::string_view header, std::string_view payload, std::string_view secret);

}  // namespace feedctl::test
