// What is fetched when, and what goes on while the provider does not answer.
#include <thread>
#include <vector>

#include "oidc/lifetime.hpp"
#include "openid_fixture.hpp"

using namespace feedctl;
using namespace feedctl::oidc;
using test::OpenIdFixture;

namespace {

constexpr const char* discovery_path = "/.well-known/openid-configuration";
constexpr std::int64_t minute = 60, hour = 60 * minute;

// A token of a key that is not published yet.
struct Rotation {
  explicit Rotation(OpenIdFixture& fixture_) : fixture(fixture_) {}
  void sign_in_with_new_key() { fixture.fake.set_id_token(next.sign(next.header(), claims())); }
  void sign_in_with_old_key() {
    fixture.fake.set_id_token(fixture.rsa.sign(fixture.rsa.header(), claims()));
  }
  // Valid at the fixture's time.
  std::string claims() const {
    return fixture.fake.claims({{"exp", std::to_string(fixture.seconds + 300)}});
  }
  OpenIdFixture& fixture;
  test::TokenSigner next = test::TokenSigner::p256("next");
};

}  // namespace

TEST_CASE("discovery and keys are fetched once an hour") {
  OpenIdFixture fixture;
  Rotation rotation(fixture);
  fixture.finish();
  fixture.seconds += hour - 1;
  rotation.sign_in_with_old_key();
  fixture.finish();
  CHECK(fixture.fake.requests(discovery_path) == 1);
  CHECK(fixture.fake.requests("/jwks") == 1);
  fixture.seconds += 1;
  fixture.finish();
  CHECK(fixture.fake.requests(discovery_path) == 2);
  CHECK(fixture.fake.requests("/jwks") == 2);
}

TEST_CASE("a new key is found as soon as a token names it, but at most once a minute") {
  OpenIdFixture fixture;
  Rotation rotation(fixture);
  fixture.finish();
  rotation.sign_in_with_new_key();
  for (int i = 0; i < 20; ++i) fixture.failure(ErrorCode::invalid_argument);
  CHECK(fixture.fake.requests("/jwks") == 2);

  fixture.fake.publish({fixture.rsa.jwk(), rotation.next.jwk()});
  fixture.seconds += minute - 1;
  rotation.sign_in_with_new_key();
  for (int i = 0; i < 20; ++i) fixture.failure(ErrorCode::invalid_argument);
  CHECK(fixture.fake.requests("/jwks") == 2);

  fixture.seconds += 1;
  CHECK(fixture.finish().subject == "248289761001");
  CHECK(fixture.fake.requests("/jwks") == 3);
}

TEST_CASE("a key that the provider makes just after the first fetch is found at once") {
  OpenIdFixture fixture;
  Rotation rotation(fixture);
  fixture.finish();
  fixture.fake.publish({fixture.rsa.jwk(), rotation.next.jwk()});
  rotation.sign_in_with_new_key();
  CHECK(fixture.finish().subject == "248289761001");
  CHECK(fixture.fake.requests("/jwks") == 2);
}

TEST_CASE("a new key under the name of the old one is found at once") {
  OpenIdFixture fixture;
  fixture.finish();
  const auto next = test::TokenSigner::p256("rsa-1");
  fixture.fake.publish({next.jwk()});
  fixture.fake.set_id_token(next.sign(next.header(), fixture.fake.claims()));
  CHECK(fixture.finish().subject == "248289761001");
  CHECK(fixture.fake.requests("/jwks") == 2);
}

TEST_CASE("a key that is no longer published is no longer taken") {
  OpenIdFixture fixture;
  Rotation rotation(fixture);
  fixture.finish();
  fixture.fake.publish({rotation.next.jwk()});
  fixture.seconds += hour;
  rotation.sign_in_with_old_key();
  fixture.failure(ErrorCode::invalid_argument);
}

TEST_CASE("old keys serve through an outage of the key endpoint, for a day") {
  OpenIdFixture fixture;
  Rotation rotation(fixture);
  fixture.finish();
  fixture.fake.set_raw("/jwks", "");
  fixture.seconds += 24 * hour - 1;
  rotation.sign_in_with_old_key();
  CHECK(fixture.finish().subject == "248289761001");
  const auto asked = fixture.fake.requests("/jwks");
  for (int i = 0; i < 5; ++i) fixture.finish();
  CHECK(fixture.fake.requests("/jwks") == asked);

  fixture.seconds += 1;
  rotation.sign_in_with_old_key();
  fixture.failure(ErrorCode::unavailable);

  fixture.fake.publish({fixture.rsa.jwk()});
  CHECK(fixture.finish().subject == "248289761001");
}

TEST_CASE("a provider that is down fails a sign-in, and the next one after it is up goes well") {
  OpenIdFixture fixture;
  fixture.fake.set_down(true);
  fixture.failure(ErrorCode::unavailable);
  OpenIdFixture::failure(ErrorCode::unavailable, [&] { fixture.client->begin({}); });
  fixture.fake.set_down(false);
  CHECK(fixture.finish().subject == "248289761001");
}

TEST_CASE("a clock that is set back does not keep a document for longer") {
  OpenIdFixture fixture;
  fixture.finish();
  fixture.seconds -= 24 * hour;
  const Rotation rotation(fixture);
  fixture.fake.set_id_token(fixture.rsa.sign(
      fixture.rsa.header(), fixture.fake.claims({{"iat", std::to_string(fixture.seconds)}})));
  fixture.finish();
  CHECK(fixture.fake.requests("/jwks") == 2);
}

TEST_CASE("sign-ins at the same time share one fetch, and a provider takes a few at a time") {
  OpenIdFixture fixture;
  std::atomic<int> good{0}, busy{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      try {
        fixture.finish();
        ++good;
      } catch (const Error& error) {
        if (error.code() == ErrorCode::unavailable && error.retry_after()) ++busy;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(good + busy == 16);
  CHECK(good >= 8);
  CHECK(fixture.fake.requests(discovery_path) == 1);
  CHECK(fixture.fake.requests("/jwks") == 1);
  // No slot is lost.
  for (int i = 0; i < 20; ++i) fixture.finish();
}

TEST_CASE("the lifetime of an answer is its max-age, from five minutes to a day") {
  const auto lifetime = [](const std::string& control) {
    http_client::Response response;
    if (!control.empty()) response.headers.emplace_back("cache-control", control);
    return lifetime_of(response).count();
  };
  CHECK(lifetime("") == hour);
  CHECK(lifetime("no-store") == hour);
  CHECK(lifetime("public, Max-Age=7200, must-revalidate") == 2 * hour);
  CHECK(lifetime("max-age=0") == 5 * minute);
  CHECK(lifetime("max-age=-5") == 5 * minute);
  CHECK(lifetime("max-age=99999999") == 24 * hour);
  CHECK(lifetime("max-age=99999999999999999999") == 24 * hour);
  CHECK(lifetime("max-age=x") == hour);
  CHECK(lifetime("s-maxage=7200") == hour);
}
