// The provider's endpoints: what a client gets, and what it refuses.
#include "dev_openid/provider_fixture.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/web_session.hpp"

namespace feedctl::dev_openid {

using support::list_in;
using support::text_in;

TEST_CASE("discovery names the issuer exactly, and endpoints below it") {
  const ProviderFixture fixture;
  const auto document = fixture.http.get("/.well-known/openid-configuration");
  REQUIRE(document.status == 200);
  const auto issuer = "http://127.0.0.1:" + std::to_string(fixture.options.port);
  CHECK(text_in(document, "issuer") == issuer);
  for (const auto* name :
       {"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"}) {
    INFO(name);
    CHECK(text_in(document, name).rfind(issuer + "/", 0) == 0);
  }
}

TEST_CASE("a code is exchanged for an ID token of the chosen person, of each kind of key") {
  for (const auto kind : {KeyKind::es256, KeyKind::rs256}) {
    const ProviderFixture fixture(kind);
    const auto back = fixture.sign_in(with(fixture.authorization(), "username", "ada"));
    CHECK(back.get("state") == "a-state");
    CHECK(back.get("iss") == fixture.provider.issuer());
    const auto tokens = fixture.post_form("/token", fixture.exchange(back.get("code")));
    INFO(tokens.body);
    REQUIRE(tokens.status == 200);
    CHECK(tokens.header("cache-control") == "no-store");

    const auto id_token = text_in(tokens, "id_token");
    const auto keys = list_in(fixture.http.get("/jwks"), "keys");
    REQUIRE(keys.size() == 1);
    CHECK(keys[0].find("d") == nullptr);
    CHECK(text_in(part_of(id_token, 0), "kid") == text_in(keys[0], "kid"));
    CHECK(text_in(part_of(id_token, 0), "alg") == to_string(kind));
    const auto claims = part_of(id_token, 1);
    CHECK(text_in(claims, "iss") == fixture.provider.issuer());
    CHECK(text_in(claims, "aud") == "feedctl");
    CHECK(text_in(claims, "nonce") == "a nonce");
    CHECK(text_in(claims, "sub") == "ada");
    CHECK(text_in(claims, "email") == "ada@example.test");

    const auto user = fixture.http.get(
        "/userinfo", {{"Authorization", "Bearer " + text_in(tokens, "access_token")}});
    CHECK(text_in(user, "preferred_username") == "ada");
    CHECK(fixture.http.get("/userinfo", {{"Authorization", "Bearer x"}}).status == 401);
  }
}

TEST_CASE("a new name becomes a person whose username the same name always gives") {
  const ProviderFixture fixture;
  const auto claims_of = [&](const std::string& name) {
    const auto tokens = fixture.post_form("/token", fixture.exchange(fixture.code_for(name)));
    return part_of(text_in(tokens, "id_token"), 1);
  };
  CHECK(text_in(claims_of(" Grace Hopper "), "sub") == "grace_hopper");
  CHECK(text_in(claims_of("Grace Hopper"), "name") == "Grace Hopper");
  CHECK(text_in(claims_of("Ада"), "sub") == text_in(claims_of("Ада"), "sub"));
  CHECK(text_in(claims_of("Ада"), "sub") != text_in(claims_of("Яна"), "sub"));
  for (const std::string bad : {" ", "two\nlines", "\xff", std::string(65, 'x').c_str()}) {
    INFO(bad);
    CHECK(fixture.code_for(bad).empty());
  }
}

TEST_CASE("a code serves once, for its client, redirect URI and verifier only") {
  const ProviderFixture fixture;
  const auto exchange = fixture.exchange(fixture.code_for("ada"));
  REQUIRE(fixture.post_form("/token", exchange).status == 200);
  CHECK(text_in(fixture.post_form("/token", exchange), "error") == "invalid_grant");

  const auto changed = [&](const std::string& name, const std::string& value) {
    return fixture.post_form("/token",
                             with(fixture.exchange(fixture.code_for("ada")), name, value));
  };
  CHECK(text_in(changed("code_verifier", std::string(50, 'w')), "error") == "invalid_grant");
  CHECK(text_in(changed("code_verifier", ""), "error") == "invalid_grant");
  CHECK(text_in(changed("redirect_uri", "http://127.0.0.1:1/"), "error") == "invalid_grant");
  CHECK(text_in(changed("grant_type", "password"), "error") == "unsupported_grant_type");
  CHECK(changed("client_secret", "wrong").status == 401);
  CHECK(changed("client_secret", "").status == 401);
  CHECK(changed("client_id", "other").status == 401);
}

TEST_CASE("a client may name itself by HTTP Basic, but not in both ways") {
  const ProviderFixture fixture;
  const support::HttpHeaders basic{{"Authorization", "Basic ZmVlZGN0bDp0aGUlMjBzZWNyZXQ="}};
  const auto exchange = [&] { return fixture.exchange(fixture.code_for("ada")); };
  CHECK(fixture.post_form("/token", with(exchange(), "client_secret", ""), basic).status == 200);
  CHECK(fixture.post_form("/token", exchange(), basic).status == 401);
  const support::HttpHeaders wrong{{"Authorization", "Basic ZmVlZGN0bDp3cm9uZw=="}};
  const auto refused = fixture.post_form("/token", with(exchange(), "client_secret", ""), wrong);
  CHECK(refused.status == 401);
  CHECK(refused.header("www-authenticate").rfind("Basic", 0) == 0);
}

TEST_CASE("nobody is redirected for an unknown client or redirect URI") {
  const ProviderFixture fixture;
  for (const auto& [name, value] : Fields{{"client_id", "other"},
                                          {"redirect_uri", fixture.redirect_uri + "/"},
                                          {"redirect_uri", "http://evil.example/"}}) {
    INFO(name << "=" << value);
    const auto fields = with(fixture.authorization(), name, value);
    for (const auto& answer : {fixture.http.get("/authorize?" + encoded(fields)),
                               fixture.post_form("/authorize", with(fields, "username", "ada"))}) {
      CHECK(answer.status == 400);
      CHECK(answer.header("location").empty());
    }
  }
}

TEST_CASE("the client is told what is wrong with its request, or that the person cancelled") {
  const ProviderFixture fixture;
  const auto error_for = [&](const std::string& name, const std::string& value) {
    return fixture.sign_in(with(with(fixture.authorization(), "username", "ada"), name, value))
        .get("error");
  };
  CHECK(error_for("response_type", "token") == "unsupported_response_type");
  CHECK(error_for("response_mode", "fragment") == "invalid_request");
  CHECK(error_for("scope", "profile") == "invalid_scope");
  CHECK(error_for("code_challenge", "") == "invalid_request");
  CHECK(error_for("code_challenge_method", "plain") == "invalid_request");
  CHECK(error_for("prompt", "none") == "login_required");
  CHECK(error_for("request", "e30") == "request_not_supported");
  CHECK(error_for("cancel", "1") == "access_denied");
}

TEST_CASE("the page escapes what it shows, runs no script and is in no frame") {
  const ProviderFixture fixture;
  const auto fields = with(fixture.authorization(), "state", "\"><script>alert(1)</script>");
  const auto page = fixture.http.get("/authorize?" + encoded(fields));
  REQUIRE(page.status == 200);
  CHECK(page.body.find("<script") == std::string::npos);
  CHECK(page.body.find("Ada &lt;Lovelace&gt;") != std::string::npos);
  const auto policy = page.header("content-security-policy");
  CHECK(policy.find("default-src 'none'") == 0);
  CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
  CHECK(page.header("cache-control") == "no-store");
}

TEST_CASE("a person who types a name on the page comes back with a code for that name") {
  const ProviderFixture fixture;
  support::WebSession session;
  const auto back =
      session.sign_in(fixture.provider.issuer() + "/authorize?" + encoded(fixture.authorization()),
                      "Grace Hopper", fixture.redirect_uri);
  REQUIRE(back.response.status == 0);  // not followed
  const auto parameters = Form::parse(back.url.substr(back.url.find('?') + 1));
  CHECK(parameters.get("state") == "a-state");
  const auto tokens = fixture.post_form("/token", fixture.exchange(parameters.get("code")));
  CHECK(text_in(part_of(text_in(tokens, "id_token"), 1), "name") == "Grace Hopper");
}

TEST_CASE("a form or a key rotation from another site is refused, and so is another host name") {
  const ProviderFixture fixture;
  const support::HttpHeaders foreign{{"Origin", "http://evil.example"}};
  const auto fields = with(fixture.authorization(), "username", "ada");
  CHECK(fixture.post_form("/authorize", fields, foreign).status == 403);
  CHECK(fixture.http.post("/rotate-keys", "", foreign).status == 403);
  CHECK(fixture.http.get("/jwks", {{"Host", "rebound.example"}}).status == 421);
}

TEST_CASE("after a rotation a new key signs, and the earlier ones stay published unless told") {
  const ProviderFixture fixture;
  const auto kid_of_token = [&] {
    const auto tokens = fixture.post_form("/token", fixture.exchange(fixture.code_for("ada")));
    return text_in(part_of(text_in(tokens, "id_token"), 0), "kid");
  };
  const auto first = kid_of_token();
  const auto second = text_in(fixture.http.post("/rotate-keys"), "kid");
  CHECK(first != second);
  CHECK(kid_of_token() == second);
  const auto keys = list_in(fixture.http.get("/jwks"), "keys");
  REQUIRE(keys.size() == 2);
  CHECK(text_in(keys[1], "kid") == first);

  const auto third = text_in(fixture.http.post("/rotate-keys?keep_old=false"), "kid");
  const auto left = list_in(fixture.http.get("/jwks"), "keys");
  REQUIRE(left.size() == 1);
  CHECK(text_in(left[0], "kid") == third);
  for (std::size_t i = 0; i < 2 * KeyRing::max_keys; ++i) fixture.http.post("/rotate-keys");
  CHECK(list_in(fixture.http.get("/jwks"), "keys").size() == KeyRing::max_keys);
}

}  // namespace feedctl::dev_openid
