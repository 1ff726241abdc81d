#pragma once
// A FakeProvider with one RSA and one P-256 key, our client of it, and a clock.
#include <atomic>
#include <memory>

#include "base/error.hpp"
#include "fake_provider.hpp"
#include "oidc/openid_provider.hpp"
#include "support/catch.hpp"

namespace feedctl::test {

class OpenIdFixture {
 public:
  OpenIdFixture() {
    fake.publish({rsa.jwk(), p256.jwk()});
    fake.set_id_token(rsa.sign(rsa.header(), fake.claims()));
    restart(fake.config());
  }

  // A new client without anything in its caches.
  void restart(const config::OidcProvider& config) {
    client = std::make_unique<oidc::OpenIdProvider>(
        config, [this] { return Time{std::chrono::seconds{seconds.load()}}; });
  }

  oidc::Profile finish() { return client->finish(callback(), expected()); }

  // The error of finish(); its code is that.
  Error failure(ErrorCode code) {
    return failure(code, [&] { finish(); });
  }
  template <typename Call>
  static Error failure(ErrorCode code, Call call) {
    try {
      call();
    } catch (const Error& error) {
      INFO(error.what() << " | " << error.detail());
      CHECK(error.code() == code);
      return error;
    }
    FAIL("there was no error");
    return Error(ErrorCode::internal, "");
  }

  // The token is refused as wrong.
  void refuse(const std::string& token) {
    INFO(token);
    fake.set_id_token(token);
    failure(ErrorCode::invalid_argument);
  }

  std::atomic<std::int64_t> seconds{noon};
  FakeProvider fake;
  TokenSigner rsa = TokenSigner::rsa("rsa-1");
  TokenSigner p256 = TokenSigner::p256("ec-1");
  std::unique_ptr<oidc::OpenIdProvider> client;
};

}  // namespace feedctl::test
