// A sign-in at an OpenID provider: what is sent, what comes back, and what callbacks are refused.
#include "base/url.hpp"
#include "oidc/pkce.hpp"
#include "openid_fixture.hpp"

using namespace feedctl;
using namespace feedctl::oidc;
using test::OpenIdFixture;

namespace {

BeginParameters begin_parameters() {
  return {.state = "st&te",
          .nonce = "n-0S6_WzA2Mj",
          .code_challenge = code_challenge("verifier"),
          .redirect_uri = "https://feed.example.org/auth/callback/fake"};
}

}  // namespace

TEST_CASE("a sign-in begins at the provider's page with PKCE, state and nonce") {
  OpenIdFixture fixture;
  const auto url = fixture.client->begin(begin_parameters()).url;
  CHECK(url == fixture.fake.issuer() +
                   "/authorize?response_type=code&client_id=client&redirect_uri="
                   "https%3A%2F%2Ffeed.example.org%2Fauth%2Fcallback%2Ffake&scope=openid%20profile%"
                   "20email&state=st%26te&nonce=n-0S6_WzA2Mj&code_challenge=" +
                   code_challenge("verifier") + "&code_challenge_method=S256");
}

TEST_CASE("an authorization endpoint with a query keeps it") {
  OpenIdFixture fixture;
  auto document = fixture.fake.discovery();
  document.replace(document.find("/authorize"), 10, "/authorize?tenant=7");
  fixture.fake.set_json("/.well-known/openid-configuration", document);
  CHECK(fixture.client->begin(begin_parameters()).url.find("/authorize?tenant=7&response_type=") !=
        std::string::npos);
}

TEST_CASE("a sign-in ends with the profile of who signed in, with keys of both kinds") {
  OpenIdFixture fixture;
  for (const auto* signer : {&fixture.rsa, &fixture.p256}) {
    fixture.fake.set_id_token(signer->sign(signer->header(), fixture.fake.claims()));
    const auto profile = fixture.finish();
    CHECK(profile.issuer == fixture.fake.issuer());
    CHECK(profile.subject == "248289761001");
    CHECK(profile.preferred_username == "jane");
    CHECK(profile.name == "Jane Doe");
    CHECK(profile.email == "jane@example.org");
    CHECK(profile.email_verified);
  }
}

TEST_CASE("the code is exchanged with the verifier and the client's secret in the header") {
  OpenIdFixture fixture;
  fixture.finish();
  const auto request = fixture.fake.last("/token");
  CHECK(request.method == "POST");
  CHECK(request.body ==
        "grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&redirect_uri=https%3A%2F%"
        "2Ffeed.example.org%2Fauth%2Fcallback%2Ffake&code_verifier="
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  // base64("client:s3cret%3A%2F%3F")
  CHECK(request.headers.at("authorization") == "Basic Y2xpZW50OnMzY3JldCUzQSUyRiUzRg==");
}

TEST_CASE("a provider that takes the secret only in the body gets it there") {
  OpenIdFixture fixture;
  fixture.fake.set_json(
      "/.well-known/openid-configuration",
      fixture.fake.discovery(R"(,"token_endpoint_auth_methods_supported":["client_secret_post"])"));
  fixture.finish();
  const auto request = fixture.fake.last("/token");
  CHECK(request.headers.count("authorization") == 0);
  CHECK(request.body.find("&client_id=client&client_secret=s3cret%3A%2F%3F") != std::string::npos);
}

TEST_CASE("a public client sends no secret") {
  OpenIdFixture fixture;
  auto config = fixture.fake.config();
  config.client_secret = Secret<std::string>();
  fixture.restart(config);
  fixture.finish();
  const auto request = fixture.fake.last("/token");
  CHECK(request.headers.count("authorization") == 0);
  CHECK(request.body.find("&client_id=client") != std::string::npos);
  CHECK(request.body.find("client_secret") == std::string::npos);
}

TEST_CASE("an issuer that ends in a slash is compared with it and asked without it") {
  OpenIdFixture fixture;
  auto document = fixture.fake.discovery();
  const auto issuer = fixture.fake.issuer();
  document.replace(document.find(issuer), issuer.size(), issuer + "/");
  fixture.fake.set_json("/.well-known/openid-configuration", document);
  auto config = fixture.fake.config();
  config.issuer = issuer + "/";
  fixture.restart(config);
  fixture.fake.set_id_token(
      fixture.rsa.sign(fixture.rsa.header(), fixture.fake.claims({{"iss", '"' + issuer + "/\""}})));
  CHECK(fixture.finish().issuer == issuer + "/");
}

TEST_CASE("names that the id_token lacks come from the userinfo endpoint of the same person") {
  OpenIdFixture fixture;
  const auto nameless =
      fixture.fake.claims({{"preferred_username", ""}, {"name", ""}, {"email", ""}});
  fixture.fake.set_id_token(fixture.rsa.sign(fixture.rsa.header(), nameless));
  fixture.fake.set_json("/userinfo", R"({"sub":"248289761001","name":"From userinfo"})");
  CHECK(fixture.finish().name == "From userinfo");
  CHECK(fixture.fake.last("/userinfo").headers.at("authorization") == "Bearer at");

  fixture.fake.set_json("/userinfo", R"({"sub":"another","name":"From userinfo"})");
  CHECK(fixture.finish().name == "");
  fixture.fake.set_raw("/userinfo", "");
  const auto profile = fixture.finish();
  CHECK(profile.name == "");
  CHECK(profile.subject == "248289761001");
}

TEST_CASE("of a profile only short texts without control characters are kept") {
  OpenIdFixture fixture;
  const auto claims = fixture.fake.claims({{"preferred_username", R"("a\u0007b")"},
                                           {"name", '"' + std::string(257, 'x') + '"'},
                                           {"email", "42"},
                                           {"email_verified", R"("true")"}});
  fixture.fake.set_id_token(fixture.rsa.sign(fixture.rsa.header(), claims));
  const auto profile = fixture.finish();
  CHECK(profile.preferred_username == "");
  CHECK(profile.name == "");
  CHECK(profile.email == "");
  CHECK(profile.email_verified);
}

TEST_CASE("a callback with an error, without a code, or of another issuer is refused") {
  OpenIdFixture fixture;
  CallbackParameters denied;
  denied.error = "access_denied";
  CallbackParameters foreign = test::callback();
  foreign.iss = "https://evil.example";
  CallbackParameters noisy;
  noisy.error = "<script>";
  for (const auto& callback : {denied, foreign, noisy, CallbackParameters{}}) {
    const auto error = OpenIdFixture::failure(
        ErrorCode::invalid_argument, [&] { fixture.client->finish(callback, test::expected()); });
    CHECK(error.detail().find('<') == std::string::npos);
  }
  CHECK(fixture.fake.requests("/token") == 0);
}

TEST_CASE("a provider that announces iss in callbacks must send it") {
  OpenIdFixture fixture;
  fixture.fake.set_json(
      "/.well-known/openid-configuration",
      fixture.fake.discovery(R"(,"authorization_response_iss_parameter_supported":true)"));
  fixture.failure(ErrorCode::invalid_argument);
  auto callback = test::callback();
  callback.iss = fixture.fake.issuer();
  CHECK(fixture.client->finish(callback, test::expected()).subject == "248289761001");
}

TEST_CASE("a code that the provider does not take is a wrong sign-in") {
  OpenIdFixture fixture;
  fixture.fake.set_raw("/token", support::http_answer(R"({"error":"invalid_grant"})",
                                                      "application/json", "400 Bad Request"));
  fixture.failure(ErrorCode::invalid_argument);
}

TEST_CASE("a client that the provider does not know is not the fault of who signs in") {
  OpenIdFixture fixture;
  fixture.fake.set_raw("/token", support::http_answer(R"({"error":"invalid_client"})",
                                                      "application/json", "401 Unauthorized"));
  const auto error = fixture.failure(ErrorCode::unavailable);
  CHECK(error.detail().find("invalid_client") != std::string::npos);
}

TEST_CASE("no error of a sign-in holds the code, the verifier or the client's secret") {
  OpenIdFixture fixture;
  for (const auto& answer :
       {std::string{}, support::http_answer("SplxlOBeZQQYbYS6WxSbIA s3cret dBjft", "text/html"),
        support::http_answer(R"({"error":"SplxlOBeZQQYbYS6WxSbIA s3cret dBjft"})",
                             "application/json", "400 Bad Request")}) {
    fixture.fake.set_raw("/token", answer);
    const auto error = fixture.failure(ErrorCode::unavailable);
    for (const auto* canary : {"SplxlOBeZQQYbYS6WxSbIA", "s3cret", "dBjft"})
      CHECK((error.what() + error.detail()).find(canary) == std::string::npos);
  }
}
