// What doctor finds at a provider's servers, and the fix that it names.
#include "oidc/probe.hpp"

#include "fake_provider.hpp"
#include "openid_fixture.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::oidc;
using support::http_answer;

namespace {

constexpr const char* discovery_path = "/.well-known/openid-configuration";
constexpr const char* noon_date = "Sun, 17 Mar 2030 17:46:40 GMT";

Time at_noon() {
  return Time{std::chrono::seconds{test::noon}};
}

class ProbedProvider {
 public:
  ProbedProvider() : config(fake.config()) { fake.publish({p256.jwk()}); }

  ProbeResult run() const { return probe(config, &at_noon); }

  // The error, which holds no secret.
  Error failure() const {
    try {
      run();
    } catch (const Error& error) {
      const auto text = std::string(error.what()) + " | " + error.detail() + " | " + error.hint();
      INFO(text);
      CHECK(text.find(config.client_secret.reveal()) == std::string::npos);
      CHECK_FALSE(error.hint().empty());
      return error;
    }
    FAIL("there was no error");
    return Error(ErrorCode::internal, "");
  }

  std::optional<std::chrono::seconds> clock_offset(const std::string& fields) {
    fake.set_raw(discovery_path,
                 http_answer(fake.discovery(), "application/json", "200 OK", fields));
    return run().clock_offset;
  }

  test::FakeProvider fake;
  config::OidcProvider config;
  test::TokenSigner p256 = test::TokenSigner::p256("ec-1");
};

config::OidcProvider github_at(const std::string& origin) {
  config::OidcProvider made;
  made.name = "github";
  made.kind = config::OidcKind::github;
  made.client_id = "client";
  made.client_secret = Secret<std::string>("s3cret:/?");
  made.authorize_url = origin + "/login/oauth/authorize";
  made.token_url = origin + "/login/oauth/access_token";
  made.api_url = origin + "/api";
  return made;
}

bool contains(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a probe of a good provider counts its keys, and sends no secret") {
  ProbedProvider provider;
  CHECK(provider.run().summary == provider.fake.issuer() + " answers, with 1 key");
  CHECK(provider.fake.requests(discovery_path) == 1);
  CHECK(provider.fake.requests("/jwks") == 1);
  CHECK(provider.fake.last("/jwks").headers.count("authorization") == 0);
}

TEST_CASE("a probe tells the provider's clock from ours") {
  ProbedProvider provider;
  const auto date = "Date: " + std::string(noon_date) + "\r\n";
  CHECK(provider.clock_offset(date) == std::chrono::seconds{0});
  CHECK(provider.clock_offset("Date: Sun, 17 Mar 2030 17:46:00 GMT\r\n") ==
        std::chrono::seconds{-40});
  CHECK(provider.clock_offset("Date: Sun, 17 Mar 2030 17:46:00 GMT\r\nAge: 40\r\n") ==
        std::chrono::seconds{0});
  CHECK(provider.clock_offset(date + "Age: 90\r\n") == std::chrono::seconds{90});
  CHECK_FALSE(provider.clock_offset(""));
  CHECK_FALSE(provider.clock_offset("Date: today\r\n"));
}

TEST_CASE("a probe names the issuer that the provider has") {
  ProbedProvider provider;
  const auto origin = provider.fake.issuer();
  provider.config.issuer = origin + "/";  // asked at the same address
  const auto error = provider.failure();
  CHECK(std::string(error.what()) == "the provider's issuer is not oidc.fake.issuer");
  CHECK(error.detail() == "it is " + origin);
  CHECK(error.hint() == "oidc.fake.issuer: " + origin);
}

TEST_CASE("a probe does not repeat an issuer that is no URL") {
  ProbedProvider provider;
  provider.fake.set_json(discovery_path, R"({"issuer":"\u001b[2Jhttps://x"})");
  CHECK(provider.failure().detail() == "it is no https URL");
}

TEST_CASE("a probe finds missing endpoints") {
  ProbedProvider provider;
  provider.fake.set_json(discovery_path, R"({"issuer":")" + provider.fake.issuer() + "\"}");
  const auto error = provider.failure();
  CHECK(contains(error.detail(), "authorization_endpoint"));
  CHECK(contains(error.hint(), provider.fake.issuer() + discovery_path));
}

TEST_CASE("a probe finds a provider without discovery, or without an answer") {
  ProbedProvider provider;
  provider.fake.set_raw(discovery_path, http_answer("{}", "application/json", "404 Not Found"));
  const auto unknown = provider.failure();
  CHECK(contains(unknown.detail(), "discovery: status 404"));
  CHECK(contains(unknown.hint(), "correct oidc.fake.issuer"));
  provider.fake.set_raw(discovery_path, http_answer("<html>", "text/html"));
  CHECK(contains(provider.failure().detail(), "discovery"));
  provider.fake.set_down(true);
  CHECK(contains(provider.failure().hint(), "curl -v " + provider.fake.issuer() + discovery_path));
}

TEST_CASE("a probe finds keys that no id_token may be signed with") {
  ProbedProvider provider;
  const auto hint = "let the provider sign ID tokens with RS256 or ES256";
  provider.fake.publish({});
  CHECK(contains(provider.failure().hint(), hint));
  provider.fake.publish({provider.p256.jwk(R"(,"use":"enc")")});
  CHECK(contains(provider.failure().detail(), "keys: none that is usable"));
  provider.fake.set_json("/jwks", R"({"no":"keys"})");
  CHECK(contains(provider.failure().detail(), "keys: not a key set"));
  provider.fake.set_raw("/jwks", http_answer("{}", "application/json", "500 Oops"));
  CHECK(contains(provider.failure().detail(), "keys: status 500"));
}

TEST_CASE("a probe names the setting for a private address, and for certificates") {
  config::OidcProvider provider;
  provider.name = "corp";
  provider.issuer = "https://10.0.0.1:1";
  const auto hint_of = [&] {
    try {
      probe(provider);
    } catch (const Error& error) {
      return error.hint();
    }
    return std::string("there was no error");
  };
  CHECK(hint_of() == "oidc.corp.allow_private_addresses: true");
  provider.ca_file = "/nonexistent/ca.pem";
  CHECK(hint_of() == "oidc.corp.ca_file: FILE, readable to this user");
}

TEST_CASE("a probe names the setting for a certificate that is not trusted") {
  const support::TempFolder folder;
  const support::ScriptedServer server(
      [](support::ScriptedConnection& connection) { connection.read_request(); },
      support::make_certificate(folder.path(), "IP:127.0.0.1"));
  config::OidcProvider provider;
  provider.name = "corp";
  provider.issuer = "https://127.0.0.1:" + std::to_string(server.port());
  provider.client_secret = Secret<std::string>("s3cret");
  try {
    probe(provider);
    FAIL("there was no error");
  } catch (const Error& error) {
    INFO(error.what() << " | " << error.detail());
    CHECK(contains(error.hint(), "oidc.corp.ca_file: FILE"));
  }
}

TEST_CASE("a probe of a provider of GitHub's kind asks the user API without a token") {
  ProbedProvider provider;
  provider.config = github_at(provider.fake.issuer());
  for (const auto* status : {"401 Unauthorized", "403 Forbidden", "429 Too Many Requests"}) {
    provider.fake.set_raw("/api/user", http_answer("{}", "application/json", status,
                                                   "Date: " + std::string(noon_date) + "\r\n"));
    const auto result = provider.run();
    CHECK(result.summary == provider.config.api_url + " answers");
    CHECK(result.clock_offset == std::chrono::seconds{0});
  }
  CHECK(provider.fake.last("/api/user").headers.count("authorization") == 0);
  for (const auto* status : {"200 OK", "404 Not Found", "503 Service Unavailable"}) {
    INFO(status);
    provider.fake.set_raw("/api/user", http_answer("{}", "application/json", status));
    CHECK(contains(provider.failure().hint(), "correct oidc.github.api_url"));
  }
  provider.fake.set_down(true);
  CHECK(contains(provider.failure().hint(), "correct oidc.github.api_url"));
}
