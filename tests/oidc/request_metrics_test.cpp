// The counter of calls to providers: what was asked for, and how it ended.
#include "metrics/metrics.hpp"
#include "oidc/github_provider.hpp"
#include "openid_fixture.hpp"

using namespace feedctl;
using support::http_answer;
using test::OpenIdFixture;

namespace {

constexpr const char* discovery_path = "/.well-known/openid-configuration";

// What was counted since its construction, for one provider.
class RequestCount {
 public:
  explicit RequestCount(std::string provider) : provider_(std::move(provider)) {
    for (const auto* what : {"discovery", "jwks", "token", "userinfo", "emails"})
      for (const auto* outcome : {"ok", "refused", "failed", "unreachable"})
        before_[{what, outcome}] = value(what, outcome);
  }

  double of(const std::string& what, const std::string& outcome) const {
    return value(what, outcome) - before_.at({what, outcome});
  }
  double total() const {
    double sum = 0;
    for (const auto& [key, count] : before_) sum += value(key.first, key.second) - count;
    return sum;
  }

 private:
  double value(const std::string& what, const std::string& outcome) const {
    return metrics::counter("feedctl_oidc_requests_total", "",
                            {{"provider", provider_}, {"what", what}, {"outcome", outcome}})
        .value();
  }

  std::string provider_;
  std::map<std::pair<std::string, std::string>, double> before_;
};

}  // namespace

TEST_CASE("a sign-in counts its calls to the provider, and a cached document none") {
  OpenIdFixture fixture;
  const RequestCount count("fake");
  fixture.finish();
  CHECK(count.of("discovery", "ok") == 1);
  CHECK(count.of("jwks", "ok") == 1);
  CHECK(count.of("token", "ok") == 1);
  CHECK(count.total() == 3);
  fixture.finish();
  CHECK(count.of("token", "ok") == 2);
  CHECK(count.total() == 4);
}

TEST_CASE("userinfo counts where a sign-in asks for it") {
  OpenIdFixture fixture;
  const auto claims =
      fixture.fake.claims({{"preferred_username", ""}, {"name", ""}, {"email", ""}});
  fixture.fake.set_id_token(fixture.rsa.sign(fixture.rsa.header(), claims));
  fixture.fake.set_json("/userinfo", R"({"sub":"248289761001","name":"Jane"})");
  const RequestCount count("fake");
  CHECK(fixture.finish().name == "Jane");
  CHECK(count.of("userinfo", "ok") == 1);
}

TEST_CASE("the outcome of a call goes by its status") {
  OpenIdFixture fixture;
  const RequestCount count("fake");
  const auto refused = http_answer(R"({"error":"invalid_grant"})", "application/json", "400 Bad");
  fixture.fake.set_raw("/token", refused);
  fixture.failure(ErrorCode::invalid_argument);
  CHECK(count.of("token", "refused") == 1);
  fixture.fake.set_raw("/token", http_answer("{}", "application/json", "503 Busy"));
  fixture.failure(ErrorCode::unavailable);
  CHECK(count.of("token", "failed") == 1);
  fixture.fake.set_down(true);
  fixture.failure(ErrorCode::unavailable);
  CHECK(count.of("token", "unreachable") == 1);
  CHECK(count.of("token", "ok") == 0);
}

TEST_CASE("a document that cannot be fetched counts each time that it is tried") {
  OpenIdFixture fixture;
  fixture.fake.set_raw(discovery_path, http_answer("{}", "application/json", "404 Not Found"));
  const RequestCount count("fake");
  fixture.failure(ErrorCode::unavailable);
  fixture.failure(ErrorCode::unavailable);
  CHECK(count.of("discovery", "refused") == fixture.fake.requests(discovery_path));
  CHECK(count.total() == count.of("discovery", "refused"));
}

TEST_CASE("calls to GitHub count as token, userinfo and emails") {
  test::FakeProvider fake;
  fake.set_json("/token", R"({"access_token":"gho_x","token_type":"bearer"})");
  fake.set_json("/user", R"({"login":"octocat","id":583231})");
  config::OidcProvider config;
  config.name = "counted-github";
  config.kind = config::OidcKind::github;
  config.client_id = "client";
  config.client_secret = Secret<std::string>("s3cret");
  config.authorize_url = fake.issuer() + "/authorize";
  config.token_url = fake.issuer() + "/token";
  config.api_url = fake.issuer();
  oidc::GithubProvider client(config);
  const RequestCount count(config.name);
  client.finish(test::callback(), test::expected());
  CHECK(count.of("token", "ok") == 1);
  CHECK(count.of("userinfo", "ok") == 1);
  CHECK(count.of("emails", "refused") == 1);  // its status is 404
  CHECK(count.total() == 3);
}
