// Rows 61, 62 and 64 to 70 of the table of bad inputs: tokens that no issuer makes, most of them
// signed with the installation's own key, so that each fails for its own reason.
#include <chrono>

#include "base/encoding.hpp"
#include "e2e/hostile_tokens/token_server.hpp"

using namespace feedctl;
using namespace feedctl::hostile;

namespace {

struct Forgery {
  int row;
  std::string description;
  std::string token;
};

class Forge {
 public:
  explicit Forge(const TokenServer& server)
      : genuine_(server.ada), forger_(server.make_forger()), parts_(server.ada) {}

  // Signed, with one change of the header or the claims.
  std::string header(const std::string& name, const std::string& raw) const {
    auto changed = parts_.header;
    return forger_.sign(changed.set(name, raw).text(), parts_.claims.text());
  }
  std::string added_header(const std::string& name, const std::string& raw) const {
    auto changed = parts_.header;
    return forger_.sign(changed.add(name, raw).text(), parts_.claims.text());
  }
  std::string claim(const std::string& name, const std::string& raw) const {
    auto changed = parts_.claims;
    return forger_.sign(parts_.header.text(), changed.set(name, raw).text());
  }
  std::string added_claim(const std::string& name, const std::string& raw) const {
    auto changed = parts_.claims;
    return forger_.sign(parts_.header.text(), changed.add(name, raw).text());
  }
  std::string without_claim(const std::string& name) const {
    auto changed = parts_.claims;
    return forger_.sign(parts_.header.text(), changed.remove(name).text());
  }
  std::string times(std::int64_t issued_in, std::int64_t ends_in) const {
    auto changed = parts_.claims;
    changed.set("iat", in(issued_in)).set("exp", in(ends_in));
    return forger_.sign(parts_.header.text(), changed.text());
  }
  std::string unsigned_with(const std::string& alg) const {
    auto changed = parts_.header;
    changed.set("alg", quoted(alg));
    return base64url(changed.text()) + '.' + base64url(parts_.claims.text()) + '.';
  }
  std::string hmac(const std::string& alg, const std::string& secret) const {
    auto changed = parts_.header;
    return support::sign_hs256(changed.set("alg", quoted(alg)).text(), parts_.claims.text(),
                               secret);
  }
  std::string signature(const std::string& bytes) const {
    return parts_.signing_input + base64url(bytes);
  }

  // Seconds of Unix time from now.
  static std::string in(std::int64_t seconds) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count() + seconds);
  }

  const std::string& genuine() const { return genuine_; }
  const test::TokenForger& forger() const { return forger_; }
  const TokenParts& parts() const { return parts_; }

 private:
  std::string genuine_;
  test::TokenForger forger_;
  TokenParts parts_;
};

std::vector<Forgery> wrong_algorithms(const Forge& forge, const std::string& published_keys) {
  std::vector<Forgery> all;
  for (const char* alg : {"none", "None", "nOnE", "NONE", ""}) {
    all.push_back({61, std::string("no signature, alg ") + alg, forge.unsigned_with(alg)});
    all.push_back({61, std::string("signed, alg ") + alg, forge.header("alg", quoted(alg))});
  }
  for (const char* alg : {"HS256", "ES256"}) {
    all.push_back({62, "HMAC with the public key", forge.hmac(alg, forge.forger().public_jwk())});
    all.push_back({62, "HMAC with the published key set", forge.hmac(alg, published_keys)});
    all.push_back({62, "HMAC with no key", forge.hmac(alg, "")});
  }
  for (const char* alg :
       {R"("RS256")", R"("PS256")", R"("ES384")", R"("es256")", "null", "1", R"(["ES256"])"})
    all.push_back({61, std::string("signed, alg ") + alg, forge.header("alg", alg)});
  return all;
}

std::vector<Forgery> wrong_headers(const Forge& forge) {
  const auto kid = quoted(forge.forger().kid());
  std::vector<Forgery> all;
  for (const char* name : {R"("../../etc/passwd")", R"("/dev/null")", R"("x' OR '1'='1")",
                           R"("a\u0000b")", R"("a\nb")", R"("")", "7", "null", "[]"})
    all.push_back({64, std::string("kid ") + name, forge.header("kid", name)});
  all.push_back({64, "kid of 4 KiB", forge.header("kid", quoted(std::string(4096, 'k')))});
  for (const char* name : {"jku", "x5u", "x5c", "x5t", "zip", "cty"})
    all.push_back({65, name, forge.added_header(name, R"("https://evil.example/keys")")});
  all.push_back({65, "jwk", forge.added_header("jwk", forge.forger().public_jwk())});
  all.push_back({65, "crit", forge.added_header("crit", R"(["exp"])")});
  all.push_back({65, "b64", forge.added_header("b64", "false")});
  all.push_back({65, "two kid", forge.added_header("kid", kid)});
  all.push_back({65, "two alg", forge.added_header("alg", R"("none")")});
  for (const char* typ :
       {R"("JWT")", R"("jwt")", R"("AT+JWT")", R"("logout+jwt")", R"("")", "null"})
    all.push_back({68, std::string("typ ") + typ, forge.header("typ", typ)});
  return all;
}

std::vector<Forgery> wrong_claims(const Forge& forge) {
  std::vector<Forgery> all{
      {66, "it has ended", forge.times(-601, -1)},
      {66, "it ended long ago", forge.times(-864000, -863400)},
      {66, "issued in two minutes", forge.times(120, 600)},
      {66, "valid in two minutes", forge.claim("nbf", Forge::in(120))},
      {66, "valid for a year", forge.times(-1, 31536000)},
      {67, "another issuer", forge.claim("iss", R"("https://evil.example")")},
      {67, "two issuers", forge.added_claim("iss", R"("https://evil.example")")},
      {67, "another audience", forge.claim("aud", R"("other")")},
      {67, "audiences without us", forge.claim("aud", R"(["other","more"])")},
      {67, "no audience", forge.claim("aud", "[]")},
      {67, "an audience of another case", forge.claim("aud", R"("Feedctl")")},
      {70, "exp as text", forge.claim("exp", quoted(Forge::in(600)))},
      {70, "exp beyond every clock", forge.claim("exp", "1e30")},
      {70, "exp with a fraction", forge.claim("exp", Forge::in(600) + ".5")},
      {70, "exp of 2^63", forge.claim("exp", "9223372036854775808")},
      {70, "two exp", forge.added_claim("exp", Forge::in(600))},
      {70, "a subject that is no id", forge.claim("sub", R"("42 OR 1=1")")},
      {70, "a subject that is a number", forge.claim("sub", "42")},
      {70, "a role that is none", forge.claim("role", R"("god")")},
      {70, "a scope that is none", forge.claim("scope", R"("read everything")")},
      {70, "no scope at all", forge.claim("scope", R"("")")},
      {70, "a list of scopes", forge.claim("scope", R"(["read"])")},
      {70, "a version as text", forge.claim("ver", R"("0")")},
      {70, "a version of -1", forge.claim("ver", "-1")},
      {70, "a session that is no id", forge.claim("sid", R"("mine")")},
  };
  for (const char* name : {"iss", "aud", "sub", "role", "scope", "ver", "iat", "exp", "jti"})
    all.push_back({70, std::string("no ") + name, forge.without_claim(name)});
  return all;
}

std::vector<Forgery> wrong_signatures(const Forge& forge) {
  const auto& signature = forge.parts().signature;
  const auto r = signature.substr(0, 32), s = signature.substr(32), zero = std::string(32, '\0');
  const auto& genuine = forge.genuine();
  auto other_payload = forge.parts().claims;
  other_payload.set("role", R"("admin")");
  const auto first = genuine.find('.');
  return {
      {69, "none", forge.parts().signing_input},
      {69, "no part for it",
       forge.parts().signing_input.substr(0, forge.parts().signing_input.size() - 1)},
      {69, "half", forge.signature(r)},
      {69, "a byte less", forge.signature(signature.substr(0, 63))},
      {69, "a byte more", forge.signature(signature + '\0')},
      {69, "r and s exchanged", forge.signature(s + r)},
      {69, "r is zero", forge.signature(zero + s)},
      {69, "s is zero", forge.signature(r + zero)},
      {69, "both are zero", forge.signature(zero + zero)},
      {69, "padded", genuine + "="},
      {69, "padded twice", genuine + "=="},
      {69, "a fourth part", genuine + ".e30"},
      {69, "a dot more", genuine + "."},
      {69, "of another payload",
       genuine.substr(0, first + 1) + base64url(other_payload.text()) + '.' + base64url(signature)},
  };
}

}  // namespace

TEST_CASE("a token signed again without a change is accepted, so each forgery fails by itself") {
  TokenServer server;
  const TokenParts parts(server.ada);
  const auto again = server.make_forger().sign(parts.header.text(), parts.claims.text());
  REQUIRE(again != server.ada);
  CHECK(server.http.get("/v1/feed", bearer(again)).status == 200);
}

TEST_CASE("rows 61, 62, 64 to 70: no forged token is accepted on any route") {
  TokenServer server;
  const Forge forge(server);
  const auto keys = server.http.get("/.well-known/jwks.json");
  REQUIRE(keys.status == 200);
  auto all = wrong_algorithms(forge, keys.body);
  for (const auto& make : {wrong_headers, wrong_claims, wrong_signatures})
    for (auto& forgery : make(forge)) all.push_back(std::move(forgery));
  for (const auto& forgery : all) {
    INFO("row " << forgery.row << ": " << forgery.description);
    check_refused(server.http, forgery.token);
  }
  CHECK(server.http.get("/v1/feed", bearer(server.ada)).status == 200);
}

TEST_CASE("row 64: a header line longer than any is refused before it is looked at") {
  TokenServer server;
  const Forge forge(server);
  const auto token = forge.header("kid", quoted(std::string(10240, 'k')));
  CHECK(server.http.get("/v1/feed", bearer(token)).status == 431);
}

TEST_CASE("row 68: a refresh token, a code or a cursor is no access token") {
  TokenServer server;
  const auto cursor = server.http.get("/v1/feed/hot").header("x-feed-token");
  for (const auto& text :
       {"fr_" + base64url(std::string(48, 'r')), base64url(std::string(32, 'c')), cursor + "x",
        std::string("a.b.c"), std::string(".."), std::string("Bearer")})
    check_refused(server.http, text);
}

TEST_CASE("a published key set holds public keys alone") {
  TokenServer server;
  const auto answer = server.http.get("/.well-known/jwks.json");
  REQUIRE(answer.status == 200);
  CHECK(answer.body.find("\"d\"") == std::string::npos);
  const auto keys = api::list_member(api::parse_body(answer), "keys");
  REQUIRE_FALSE(keys.empty());
  for (const auto& key : keys) {
    CHECK(api::text_member(key, "kty") == "EC");
    CHECK(api::text_member(key, "crv") == "P-256");
    CHECK_FALSE(api::text_member(key, "kid").empty());
  }
}
