#include "oidc/registry.hpp"

#include "oidc/pkce.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::oidc;

TEST_CASE("the registry has the providers of the configuration by name") {
  config::OidcConfig config;
  auto& github = config.provider("github");
  github.kind = config::OidcKind::github;
  github.display_name = "GitHub";
  config.provider("acme").issuer = "https://login.example.org";
  const Registry registry(config, "https://feed.example.org");
  REQUIRE(registry.list().size() == 2);
  CHECK(registry.list()[0]->name() == "acme");
  CHECK(registry.list()[0]->display_name() == "acme");
  CHECK(registry.find("github")->display_name() == "GitHub");
  CHECK(registry.find("Github") == nullptr);
  CHECK(registry.find("") == nullptr);
  CHECK(registry.redirect_uri("acme") == "https://feed.example.org/auth/callback/acme");
  CHECK(Registry(config::OidcConfig{}, "").empty());
}

TEST_CASE("PKCE is that of RFC 7636") {
  // Appendix B.
  CHECK(code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") ==
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  const auto verifier = make_code_verifier();
  CHECK(is_code_verifier(verifier));
  CHECK(verifier != make_code_verifier());
  CHECK(is_code_challenge(code_challenge(verifier)));
  CHECK_FALSE(is_code_verifier(std::string(42, 'a')));
  CHECK_FALSE(is_code_verifier(std::string(129, 'a')));
  CHECK_FALSE(is_code_verifier(std::string(43, '+')));
  CHECK_FALSE(is_code_challenge(""));
  CHECK_FALSE(is_code_challenge(std::string(42, 'A')));
  CHECK_FALSE(is_code_challenge(std::string(43, '=')));
}
