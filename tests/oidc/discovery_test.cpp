// Discovery documents, keys and token answers of a provider that is broken or hostile.
#include "oidc/discovery.hpp"

#include <array>

#include "oidc/verification_key.hpp"
#include "openid_fixture.hpp"

using namespace feedctl;
using support::http_answer;
using test::OpenIdFixture;

namespace {

constexpr const char* discovery_path = "/.well-known/openid-configuration";

// The document with another value for one member; "" removes it.
std::string with_member(const OpenIdFixture& fixture, const std::string& name,
                        const std::string& value) {
  const auto document = json::parse(fixture.fake.discovery());
  std::string out;
  for (const auto& [own, member] : *document.object()) {
    const auto text = own == name ? value : '"' + *member.text() + '"';
    if (!text.empty()) out += (out.empty() ? "{\"" : ",\"") + own + "\":" + text;
  }
  return out + "}";
}

}  // namespace

TEST_CASE("the discovery document stands below the issuer") {
  CHECK(oidc::discovery_url("https://a.b") == "https://a.b/.well-known/openid-configuration");
  CHECK(oidc::discovery_url("https://a.b/") == "https://a.b/.well-known/openid-configuration");
  CHECK(oidc::discovery_url("https://a.b/realms/x") ==
        "https://a.b/realms/x/.well-known/openid-configuration");
}

TEST_CASE("a discovery document of another issuer is refused") {
  OpenIdFixture fixture;
  for (const std::string issuer : {R"("https://evil.example")", "", "1", R"("")"}) {
    fixture.fake.set_json(discovery_path, with_member(fixture, "issuer", issuer));
    fixture.failure(ErrorCode::unavailable);
  }
  const auto slash = '"' + fixture.fake.issuer() + "/\"";
  fixture.fake.set_json(discovery_path, with_member(fixture, "issuer", slash));
  fixture.failure(ErrorCode::unavailable);
  CHECK(fixture.fake.requests("/token") == 0);
}

TEST_CASE("an endpoint that is missing, or neither https nor on this machine, is refused") {
  OpenIdFixture fixture;
  for (const auto* name :
       {"authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"}) {
    for (const auto* value :
         {R"("http://example.org/x")", R"("javascript://a.b/x")", R"("/token")",
          R"("https://user:p@a.b/")", R"("file:///etc/passwd")", R"("")", "1"}) {
      INFO(name << ": " << value);
      fixture.fake.set_json(discovery_path, with_member(fixture, name, value));
      fixture.failure(ErrorCode::unavailable);
    }
    if (std::string_view(name) == "userinfo_endpoint") continue;
    fixture.fake.set_json(discovery_path, with_member(fixture, name, ""));
    fixture.failure(ErrorCode::unavailable);
  }
}

TEST_CASE("a provider of the internet cannot send calls to this machine") {
  const auto document = json::parse(
      R"({"issuer":"https://idp.example","authorization_endpoint":"https://idp.example/a",
          "token_endpoint":"http://127.0.0.1:6379/","jwks_uri":"https://idp.example/k"})");
  CHECK_THROWS_AS(oidc::parse_discovery("x", "https://idp.example", document), Error);
}

TEST_CASE("documents of another form, status or type are refused at every endpoint") {
  const std::array answers{
      std::string{},
      http_answer("{}", "text/html"),
      http_answer("{}", ""),
      http_answer("<html></html>"),
      http_answer("[]"),
      http_answer("{\"keys\":1}"),
      http_answer("{} {}"),
      http_answer("{}", "application/json", "500 Internal Server Error"),
      http_answer("", "application/json", "302 Found", "Location: http://127.0.0.1:1/\r\n"),
      http_answer(std::string((1 << 20) + 1, ' ')),
      http_answer(std::string(100'000, '['))};
  for (const auto* path : {discovery_path, "/token", "/jwks"}) {
    OpenIdFixture fixture;
    for (const auto& answer : answers) {
      INFO(path << ": " << answer.substr(0, 200));
      fixture.fake.set_raw(path, answer);
      fixture.restart(fixture.fake.config());
      fixture.failure(ErrorCode::unavailable);
    }
  }
}

TEST_CASE("keys that are weak, of another kind or for another use are not taken") {
  OpenIdFixture fixture;
  const auto weak = test::TokenSigner::rsa("weak", 1024);
  const auto rsa = fixture.rsa.jwk();
  const auto parsed = json::parse(rsa);
  const auto n = *parsed.find("n")->text();
  for (
      const auto& jwk :
      {weak.jwk(), fixture.rsa.jwk(R"(,"use":"enc")"), fixture.rsa.jwk(R"(,"alg":"RS512")"),
       fixture.rsa.jwk(R"(,"alg":"HS256")"), fixture.p256.jwk(R"(,"alg":"ES384")"),
       R"({"kty":"RSA","kid":"a","n":")" + n + R"(","e":"AQ"})",
       R"({"kty":"RSA","kid":"a","n":")" + n + R"(","e":"AA"})",
       R"({"kty":"RSA","kid":"a","n":")" + n + R"("})",
       R"({"kty":"RSA","kid":"a","n":")" + n + R"(=","e":"AQAB"})",
       R"({"kty":"RSA","kid":"a b","n":")" + n + R"(","e":"AQAB"})",
       R"({"kty":"RSA","kid":1,"n":")" + n + R"(","e":"AQAB"})",
       std::string(R"({"kty":"oct","kid":"a","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"})"),
       std::string(R"({"kty":"EC","kid":"a","crv":"P-256","x":"AA","y":"AA"})"),
       std::string(
           R"({"kty":"EC","kid":"a","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"})"),
       std::string(R"({"kid":"a"})"), std::string("[]"), std::string("1")}) {
    INFO(jwk);
    CHECK_FALSE(oidc::VerificationKey::from_jwk(json::parse(jwk)).has_value());
  }
  CHECK(oidc::VerificationKey::from_jwk(json::parse(fixture.rsa.jwk(R"(,"use":"sig")"))));
  CHECK(oidc::VerificationKey::from_jwk(json::parse(fixture.p256.jwk(R"(,"alg":"ES256")"))));
}

TEST_CASE("a token without a kid is checked with the only key, never with one of several") {
  OpenIdFixture fixture;
  fixture.fake.set_id_token(fixture.rsa.sign(R"({"alg":"RS256"})", fixture.fake.claims()));
  fixture.failure(ErrorCode::invalid_argument);
  fixture.fake.publish({fixture.rsa.jwk()});
  fixture.restart(fixture.fake.config());
  CHECK(fixture.finish().subject == "248289761001");
}
