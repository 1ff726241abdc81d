// Sign-in at a server of GitHub's kind: OAuth 2.0, no id_token.
#include "fake_provider.hpp"
#include "oidc/github_provider.hpp"
#include "oidc/pkce.hpp"
#include "openid_fixture.hpp"

using namespace feedctl;
using namespace feedctl::oidc;
using support::http_answer;

namespace {

class GithubFixture {
 public:
  GithubFixture() : client(config()) {
    fake.set_json("/login/oauth/access_token",
                  R"({"access_token":"gho_x","token_type":"bearer","scope":"read:user"})");
    fake.set_json("/api/user", R"({"login":"octocat","id":583231,"name":null,"email":null})");
    fake.set_json("/api/user/emails",
                  R"([{"email":"old@example.org","primary":false,"verified":true},
                      {"email":"o@example.org","primary":true,"verified":true}])");
  }

  config::OidcProvider config() const {
    config::OidcProvider made;
    made.name = "github";
    made.kind = config::OidcKind::github;
    made.client_id = "client";
    made.client_secret = Secret<std::string>("s3cret");
    made.authorize_url = fake.issuer() + "/login/oauth/authorize";
    made.token_url = fake.issuer() + "/login/oauth/access_token";
    made.api_url = fake.issuer() + "/api";
    return made;
  }

  Profile finish() { return client.finish(test::callback(), test::expected()); }
  Error failure(ErrorCode code) {
    return test::OpenIdFixture::failure(code, [&] { finish(); });
  }

  test::FakeProvider fake;
  GithubProvider client;
};

}  // namespace

TEST_CASE("a sign-in at GitHub begins with PKCE and state, and has no nonce") {
  GithubFixture fixture;
  const auto url = fixture.client
                       .begin({.state = "st",
                               .nonce = "n",
                               .code_challenge = code_challenge("v"),
                               .redirect_uri = "https://a.b/auth/callback/github"})
                       .url;
  CHECK(url == fixture.fake.issuer() +
                   "/login/oauth/authorize?response_type=code&client_id=client&redirect_uri="
                   "https%3A%2F%2Fa.b%2Fauth%2Fcallback%2Fgithub&scope=read%3Auser%20user%3Aemail&"
                   "state=st&code_challenge=" +
                   code_challenge("v") + "&code_challenge_method=S256");
}

TEST_CASE("a person at GitHub is the numeric id, and the e-mail address the primary verified one") {
  GithubFixture fixture;
  const auto profile = fixture.finish();
  CHECK(profile.issuer == fixture.fake.issuer());
  CHECK(profile.subject == "583231");
  CHECK(profile.preferred_username == "octocat");
  CHECK(profile.name == "");
  CHECK(profile.email == "o@example.org");
  CHECK(profile.email_verified);
  const auto request = fixture.fake.last("/login/oauth/access_token");
  CHECK(request.headers.at("accept") == "application/json");
  CHECK(request.body.find("client_secret=s3cret") != std::string::npos);
  CHECK(fixture.fake.last("/api/user").headers.at("authorization") == "Bearer gho_x");
}

TEST_CASE("a sign-in at GitHub does without the addresses") {
  GithubFixture fixture;
  for (const auto& answer :
       {http_answer("{}", "application/json", "404 Not Found"), http_answer("[]"),
        http_answer("nonsense"), std::string{},
        http_answer(R"([{"email":"o@example.org","primary":true,"verified":false}])")}) {
    fixture.fake.set_raw("/api/user/emails", answer);
    const auto profile = fixture.finish();
    CHECK(profile.subject == "583231");
    CHECK_FALSE(profile.email_verified);
  }
}

TEST_CASE("a code that GitHub does not take is a wrong sign-in, though its status is 200") {
  GithubFixture fixture;
  fixture.fake.set_json("/login/oauth/access_token", R"({"error":"bad_verification_code"})");
  fixture.failure(ErrorCode::invalid_argument);
  fixture.fake.set_json("/login/oauth/access_token", R"({"error":"incorrect_client_credentials"})");
  fixture.failure(ErrorCode::unavailable);
}

TEST_CASE("answers of GitHub without a token or an id are refused") {
  GithubFixture fixture;
  for (const auto* user : {"{}", R"({"id":"583231"})", R"({"id":0})", R"({"id":-1})",
                           R"({"id":1.5})", R"({"id":null})"}) {
    fixture.fake.set_json("/api/user", user);
    fixture.failure(ErrorCode::unavailable);
  }
  for (const auto* answer : {"{}", R"({"access_token":"x"})", R"({"token_type":"bearer"})",
                             R"({"access_token":"x","token_type":"mac"})"}) {
    fixture.fake.set_json("/login/oauth/access_token", answer);
    fixture.failure(ErrorCode::unavailable);
  }
}

TEST_CASE("a callback without a code does not reach GitHub") {
  GithubFixture fixture;
  CHECK_THROWS_AS(fixture.client.finish({}, test::expected()), Error);
  CHECK(fixture.fake.requests("/login/oauth/access_token") == 0);
}
