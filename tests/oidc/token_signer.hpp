#pragma once
// Keys of a provider, and tokens signed by them as the test pleases.
#include <string>
#include <string_view>
#include <utility>

#include "support/signing_key.hpp"

namespace feedctl::test {

class TokenSigner {
 public:
  static TokenSigner rsa(const std::string& kid, int bits = 2048) {
    return {support::SigningKey::rsa(bits), kid};
  }
  static TokenSigner p256(const std::string& kid) { return {support::SigningKey::p256(), kid}; }

  const std::string& kid() const { return kid_; }
  std::string algorithm() const { return key_.is_rsa() ? "RS256" : "ES256"; }
  // The public part; `more` goes behind it: `,"use":"enc"`.
  std::string jwk(const std::string& more = "") const {
    return R"({"kid":")" + kid_ + "\"," + key_.public_members() + more + '}';
  }
  // {"alg":"RS256","kid":".."}
  std::string header() const { return R"({"alg":")" + algorithm() + R"(","kid":")" + kid_ + "\"}"; }
  // header.payload.signature; the signature is genuine, whatever the header says.
  std::string sign(std::string_view header, std::string_view payload) const {
    return key_.sign(header, payload);
  }

 private:
  TokenSigner(support::SigningKey key, std::string kid)
      : key_(std::move(key)), kid_(std::move(kid)) {}

  support::SigningKey key_;
  std::string kid_;
};

}  // namespace feedctl::test
