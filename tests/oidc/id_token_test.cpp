// id_tokens that a provider never made, or made for somebody else.
#include "oidc/id_token.hpp"

#include "base/encoding.hpp"
#include "oidc/verification_key.hpp"
#include "openid_fixture.hpp"

using namespace feedctl;
using test::noon;
using test::OpenIdFixture;

namespace {

// Each with a genuine signature, and one claim wrong or missing.
void refuse_claim(OpenIdFixture& fixture, const std::string& name, const std::string& value) {
  fixture.refuse(fixture.rsa.sign(fixture.rsa.header(), fixture.fake.claims({{name, value}})));
}
void accept_claim(OpenIdFixture& fixture, const std::string& name, const std::string& value) {
  INFO(name << ": " << value);
  fixture.fake.set_id_token(
      fixture.rsa.sign(fixture.rsa.header(), fixture.fake.claims({{name, value}})));
  CHECK(fixture.finish().subject == "248289761001");
}

std::string header_with(const OpenIdFixture& fixture, const std::string& more) {
  auto header = fixture.rsa.header();
  header.pop_back();
  return header + more + "}";
}

}  // namespace

TEST_CASE("an id_token of another issuer, audience, nonce or without a subject is refused") {
  OpenIdFixture fixture;
  for (const auto* value : {"", R"("https://evil.example")", "1", "null"})
    refuse_claim(fixture, "iss", value);
  refuse_claim(fixture, "iss", '"' + fixture.fake.issuer() + "/\"");
  for (const auto* value : {"", R"("other")", "[]", R"(["other"])", R"([1])", "1"})
    refuse_claim(fixture, "aud", value);
  for (const auto* value : {"", R"("other")", R"("")", "1"}) refuse_claim(fixture, "nonce", value);
  for (const auto* value : {"", R"("")", "1", R"("a\nb")"}) refuse_claim(fixture, "sub", value);
  refuse_claim(fixture, "sub", '"' + std::string(256, 'x') + '"');
}

TEST_CASE("an id_token for several clients must be issued to us") {
  OpenIdFixture fixture;
  accept_claim(fixture, "aud", R"(["client"])");
  accept_claim(fixture, "azp", R"("client")");
  refuse_claim(fixture, "azp", R"("other")");
  refuse_claim(fixture, "aud", R"(["client","other"])");
  fixture.fake.set_id_token(fixture.rsa.sign(
      fixture.rsa.header(),
      fixture.fake.claims({{"aud", R"(["other","client"])"}, {"azp", R"("client")"}})));
  CHECK(fixture.finish().subject == "248289761001");
}

TEST_CASE("the times of an id_token hold with a minute of leeway") {
  OpenIdFixture fixture;
  accept_claim(fixture, "exp", std::to_string(noon - 59));
  refuse_claim(fixture, "exp", std::to_string(noon - 60));
  accept_claim(fixture, "iat", std::to_string(noon + 60));
  refuse_claim(fixture, "iat", std::to_string(noon + 61));
  accept_claim(fixture, "nbf", std::to_string(noon + 60));
  refuse_claim(fixture, "nbf", std::to_string(noon + 61));
  accept_claim(fixture, "exp", std::to_string(noon) + ".5");
  for (const auto* name : {"exp", "iat"}) {
    for (const auto* value : {"", "\"1900000300\"", "1e30", "-1", "null", "[]"})
      refuse_claim(fixture, name, value);
  }
}

TEST_CASE("the algorithm comes from the key and not from the header") {
  OpenIdFixture fixture;
  const auto claims = fixture.fake.claims();
  const auto header = [&](const std::string& algorithm, const std::string& kid) {
    return R"({"alg":")" + algorithm + R"(","kid":")" + kid + "\"}";
  };
  for (const auto* name : {"none", "None", "nOnE", "", "RS384", "RS512", "PS256", "ES384", "HS256"})
    fixture.refuse(fixture.rsa.sign(header(name, "rsa-1"), claims));
  fixture.refuse(fixture.rsa.sign(header("ES256", "rsa-1"), claims));
  fixture.refuse(fixture.p256.sign(header("RS256", "ec-1"), claims));
  // The signature of one key under the name of the other.
  fixture.refuse(fixture.p256.sign(header("RS256", "rsa-1"), claims));
  fixture.refuse(fixture.rsa.sign(header("ES256", "ec-1"), claims));
  // The public key as the secret of an HMAC.
  for (const auto* algorithm : {"HS256", "RS256"})
    fixture.refuse(support::sign_hs256(header(algorithm, "rsa-1"), claims, fixture.rsa.jwk()));
  fixture.refuse(base64url(header("none", "rsa-1")) + "." + base64url(claims) + ".");
}

TEST_CASE("a header that brings its own key or meaning is refused") {
  OpenIdFixture fixture;
  const auto claims = fixture.fake.claims();
  const auto jwk = fixture.rsa.jwk();
  for (const auto& more :
       {std::string(R"(,"crit":["exp"])"), std::string(R"(,"b64":false)"),
        std::string(R"(,"jku":"https://evil.example/jwks")"), R"(,"jwk":)" + jwk,
        std::string(R"(,"x5u":"https://evil.example/x")"), std::string(R"(,"x5c":["MII"])"),
        std::string(R"(,"typ":"at+jwt")"), std::string(R"(,"typ":"logout+jwt")"),
        std::string(R"(,"typ":1)"), std::string(R"(,"alg":"RS256")"),
        std::string(R"(,"kid":"ec-1")"), std::string(R"(,"zip":"DEF")")}) {
    fixture.refuse(fixture.rsa.sign(header_with(fixture, more), claims));
  }
  fixture.fake.set_id_token(fixture.rsa.sign(header_with(fixture, R"(,"typ":"JWT")"), claims));
  CHECK(fixture.finish().subject == "248289761001");
}

TEST_CASE("a payload with a claim twice, or that is no object, is refused") {
  OpenIdFixture fixture;
  auto twice = fixture.fake.claims();
  twice.pop_back();
  fixture.refuse(fixture.rsa.sign(fixture.rsa.header(), twice + R"(,"sub":"other"})"));
  for (const auto* payload : {"[]", "\"x\"", "{", "", "null"})
    fixture.refuse(fixture.rsa.sign(fixture.rsa.header(), payload));
}

TEST_CASE("no single changed bit and no part of a valid id_token is accepted") {
  OpenIdFixture fixture;
  const auto token = fixture.p256.sign(fixture.p256.header(), fixture.fake.claims());
  const auto key = oidc::VerificationKey::from_jwk(json::parse(fixture.p256.jwk())).value();
  const auto is_accepted = [&](const std::string& text) {
    try {
      const auto parsed = oidc::parse_id_token(text);
      return parsed.algorithm == key.algorithm() && key.verify(text);
    } catch (const Error&) {
      return false;
    }
  };
  REQUIRE(is_accepted(token));
  for (std::size_t at = 0; at < token.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = token;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      if (is_accepted(changed)) FAIL("bit " << bit << " of byte " << at);
    }
    if (is_accepted(token.substr(0, at))) FAIL("the first " << at << " bytes");
  }
  for (const auto* more : {"=", ".", ".e30", " ", "\n", "A"})
    CHECK_FALSE(is_accepted(token + more));
}

TEST_CASE("an id_token above 8 KiB is refused") {
  OpenIdFixture fixture;
  const auto claims = fixture.fake.claims({{"padding", '"' + std::string(8 * 1024, 'x') + '"'}});
  fixture.refuse(fixture.rsa.sign(fixture.rsa.header(), claims));
}

TEST_CASE("a token answer without an id_token is the provider's mistake") {
  OpenIdFixture fixture;
  for (const auto* answer :
       {R"({"access_token":"at"})", R"({"id_token":1})", R"({"id_token":""})"}) {
    fixture.fake.set_json("/token", answer);
    fixture.failure(ErrorCode::unavailable);
  }
}
