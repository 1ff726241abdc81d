// Doctor's findings about sign-in: which, how grave, and with which fix.
#include "operations/doctor_sign_in.hpp"

#include <condition_variable>
#include <ctime>
#include <mutex>

#include "support/catch.hpp"
#include "support/github_like_server.hpp"
#include "support/scripted_server.hpp"

using namespace feedctl;
using namespace feedctl::operations;
using support::http_answer;

namespace {

// RFC 7515, appendix A.3.
constexpr const char* keys =
    R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";

std::string date_field(std::time_t at) {
  std::tm utc{};
  ::gmtime_r(&at, &utc);
  char text[64];
  std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
  return text;
}

// An OpenID provider whose clock is off by so many seconds. `wait` runs before it answers.
class Provider {
 public:
  explicit Provider(
      std::time_t clock_offset = 0, std::function<void()> wait = [] {})
      : clock_offset_(clock_offset),
        wait_(std::move(wait)),
        server_([this](support::ScriptedConnection& connection) { serve(connection); }) {}

  std::string issuer() const { return server_.origin(); }

 private:
  void serve(support::ScriptedConnection& connection) const {
    const auto request = connection.read_request();
    if (!request) return;
    wait_();
    const auto at = "http://" + request->headers.at("host");
    const auto discovery = R"({"issuer":")" + at + R"(","authorization_endpoint":")" + at +
                           R"(/a","token_endpoint":")" + at + R"(/t","jwks_uri":")" + at +
                           R"(/jwks"})";
    connection.write(http_answer(request->target == "/jwks" ? keys : discovery, "application/json",
                                 "200 OK", date_field(std::time(nullptr) + clock_offset_)));
  }

  const std::time_t clock_offset_;
  const std::function<void()> wait_;
  support::ScriptedServer server_;
};

void add_provider(config::Config& config, const std::string& name, const std::string& issuer) {
  auto& provider = config.oidc.provider(name);
  provider.issuer = issuer;
  provider.client_id = "client";
  provider.client_secret = Secret<std::string>("s3cret-of-the-client");
}

config::Config config_with(const std::string& public_url) {
  config::Config config;
  config.auth.public_url = public_url;
  return config;
}

Findings check(const config::Config& config) {
  Findings findings;
  check_sign_in(findings, config);
  return findings;
}

Finding finding_of(const Findings& findings, const std::string& check) {
  for (const auto& finding : findings) {
    CHECK(finding.text.find("s3cret") == std::string::npos);
    CHECK(finding.fix.find("s3cret") == std::string::npos);
    if (finding.check == check) return finding;
  }
  FAIL("no finding " + check);
  return {};
}

}  // namespace

TEST_CASE("doctor says how people get tokens where no provider is configured") {
  config::Config config;
  const auto findings = check(config);
  REQUIRE(findings.size() == 1);
  const auto finding = finding_of(findings, "sign_in");
  CHECK(finding.severity == Severity::ok);
  CHECK(finding.text.find("feedctl users token") != std::string::npos);
  config.auth.mode = config::AuthMode::open;
  CHECK(check(config).empty());
}

TEST_CASE("doctor reports each provider, in the order of the configuration") {
  const Provider good, ahead(3600), behind(-3600);
  auto config = config_with("https://feed.example.org");
  add_provider(config, "behind", behind.issuer());
  add_provider(config, "ahead", ahead.issuer());
  add_provider(config, "good", good.issuer());
  add_provider(config, "away", "http://127.0.0.1:1");
  const auto findings = check(config);
  REQUIRE(findings.size() == 5);
  CHECK(findings[0].check == "public_url");
  CHECK(findings[0].severity == Severity::ok);
  for (std::size_t i = 0; i < config.oidc.providers.size(); ++i)
    CHECK(findings[i + 1].check == "oidc." + config.oidc.providers[i].name);

  const auto ok = finding_of(findings, "oidc.good");
  INFO(ok.text);
  CHECK(ok.severity == Severity::ok);
  CHECK(ok.text == good.issuer() + " answers, with 1 key");
  CHECK(ok.measurement.has_value());
  const auto away = finding_of(findings, "oidc.away");
  CHECK(away.severity == Severity::error);
  CHECK(away.text.find("cannot reach 127.0.0.1:1") == 0);
  CHECK(away.fix.find("oidc.away.issuer") != std::string::npos);
  const auto early = finding_of(findings, "oidc.ahead"), late = finding_of(findings, "oidc.behind");
  CHECK(early.severity == Severity::warning);
  CHECK(early.text.find(" s ahead of ours") != std::string::npos);
  CHECK(early.fix == "timedatectl set-ntp true");
  CHECK(late.severity == Severity::warning);
  CHECK(late.text.find(" s behind ours") != std::string::npos);
  CHECK(late.measurement.value_or(0) < -3000);
}

TEST_CASE("doctor asks all providers at once") {
  std::mutex mutex;
  std::condition_variable all_asked;
  int asked = 0;
  // Each answers once both were asked; alone it would wait for longer than a call may take.
  const auto wait_for_both = [&] {
    std::unique_lock lock(mutex);
    ++asked;
    all_asked.notify_all();
    all_asked.wait_for(lock, std::chrono::seconds{30}, [&] { return asked >= 2; });
  };
  const Provider first(0, wait_for_both), second(0, wait_for_both);
  auto config = config_with("https://feed.example.org");
  add_provider(config, "first", first.issuer());
  add_provider(config, "second", second.issuer());
  const auto findings = check(config);
  CHECK(finding_of(findings, "oidc.first").severity == Severity::ok);
  CHECK(finding_of(findings, "oidc.second").severity == Severity::ok);
}

TEST_CASE("doctor reports a provider of GitHub's kind by its API") {
  const support::GithubLikeServer server("http://127.0.0.1:1/auth/callback/github");
  auto config = config_with("https://feed.example.org");
  auto& provider = config.oidc.provider("github");
  provider.kind = config::OidcKind::github;
  for (const auto& [key, value] : server.server_settings("github")) {
    if (key == "oidc.github.authorize_url") provider.authorize_url = value;
    if (key == "oidc.github.token_url") provider.token_url = value;
    if (key == "oidc.github.api_url") provider.api_url = value;
  }
  const auto finding = finding_of(check(config), "oidc.github");
  INFO(finding.text);
  CHECK(finding.severity == Severity::ok);
  provider.api_url += "/nowhere";
  CHECK(finding_of(check(config), "oidc.github").severity == Severity::error);
}

TEST_CASE("doctor checks that providers can send browsers back") {
  const auto public_url = [](const std::string& url, const std::string& host) {
    auto config = config_with(url);
    config.server.host = host;
    add_provider(config, "away", "http://127.0.0.1:1");
    return finding_of(check(config), "public_url");
  };
  CHECK(public_url("https://feed.example.org", "0.0.0.0").severity == Severity::ok);
  CHECK(public_url("http://127.0.0.1:8080", "127.0.0.1").severity == Severity::ok);
  CHECK(public_url("http://127.0.0.1:8080", "0.0.0.0").severity == Severity::warning);
  CHECK(public_url("http://feed.example.org", "0.0.0.0").severity == Severity::error);
  const auto missing = public_url("", "127.0.0.1");
  CHECK(missing.severity == Severity::error);
  CHECK(missing.fix == "auth.public_url: https://feed.example.org");
}
