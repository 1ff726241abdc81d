#include <thread>

#include "auth/key_ring.hpp"
#include "auth/token_cache.hpp"
#include "auth_fixture.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "metrics/metrics.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t issued_at = 1'800'000'000;  // the standing clock

constexpr const char* valid_grant = R"("scope":"read write","ver":0)";

std::string claims(const std::string& times, const std::string& aud = R"("feedctl")",
                   const std::string& iss = "feedctl", const std::string& sub = R"("42")",
                   const std::string& grant = valid_grant) {
  return R"({"iss":")" + iss + R"(","aud":)" + aud + R"(,"sub":)" + sub +
         R"(,"role":"user","jti":"x",)" + grant + "," + times + "}";
}

std::string with_grant(const std::string& grant) {
  return claims(R"("iat":1800000000,"exp":1800000600)", R"("feedctl")", "feedctl", R"("42")",
                grant);
}

std::string with_lifetime(std::int64_t from, std::int64_t seconds) {
  return R"("iat":)" + std::to_string(from) + R"(,"exp":)" + std::to_string(from + seconds);
}

const std::string valid_times = with_lifetime(issued_at, 600);

bool is_refused(auth::Auth& auth, const std::string& token) {
  try {
    auth.verify(token);
    return false;
  } catch (const Error& error) {
    return error.code() == ErrorCode::unauthenticated;
  }
}

int key_queries() {
  const std::string name = "feedctl_db_query_duration_seconds_count{query=\"auth/signing_keys\"} ";
  const auto text = metrics::exposition_text();
  const auto at = text.find(name);
  return at == std::string::npos ? 0 : std::stoi(text.substr(at + name.size()));
}

}  // namespace

TEST_CASE("an issued token holds its user and its expiry time") {
  AuthFixture world;
  const auto user = world.add_user("ada");
  const auto admin = world.add_user("root", "admin");
  const auto claims = world.auth.verify(world.auth.issue(user, 600s));
  CHECK(claims.user_id == user);
  CHECK_FALSE(claims.admin);
  CHECK(claims.expires_at == world.time + 600s);
  CHECK(world.auth.verify(world.auth.issue(admin, 1s)).admin);
}

TEST_CASE("tokens are issued to existing users only, and for at most the maximum lifetime") {
  AuthFixture world;
  const auto user = world.add_user("ada");
  CHECK_THROWS_WITH(world.auth.issue(99999, 60s), "User with id 99999 not found");
  CHECK_NOTHROW(world.auth.issue(user, world.options.max_token_ttl));
  CHECK_THROWS_AS(world.auth.issue(user, world.options.max_token_ttl + 1s), Error);
  CHECK_THROWS_AS(world.auth.issue(user, 0s), Error);
  world.fresh.execute("UPDATE users SET deleted_at = now() WHERE handle = 'ada'");
  CHECK_THROWS_AS(world.auth.issue(user, 60s), Error);
}

TEST_CASE("without a signing key nothing is issued and every token is refused") {
  AuthFixture world;
  const auto user = world.add_user("ada");
  const auto token = world.auth.issue(user, 60s);
  world.fresh.execute("DELETE FROM signing_keys");
  auth::Auth other(world.options, world.database);
  CHECK(is_refused(other, token));
  CHECK_THROWS_WITH(other.issue(user, 60s), "there is no signing key in the database");
}

TEST_CASE(
    "a token forged in the valid form is accepted, so the other forgeries fail for their own "
    "reason") {
  AuthFixture world;
  const auto forger = world.make_forger();
  CHECK(world.auth.verify(forger.sign(forger.valid_header(), claims(valid_times))).user_id == 42);
  const auto in_a_list = claims(valid_times, R"(["other","feedctl"])");
  CHECK_FALSE(is_refused(world.auth, forger.sign(forger.valid_header(), in_a_list)));
}

TEST_CASE("a token with an unexpected header is refused despite a valid signature") {
  AuthFixture world;
  const auto forger = world.make_forger();
  const auto with = [&](const std::string& more) {
    return R"({"alg":"ES256","typ":"at+jwt","kid":")" + forger.kid() + "\"" + more + "}";
  };
  const auto with_kid = [](const std::string& kid) {
    return R"({"alg":"ES256","typ":"at+jwt","kid":)" + kid + "}";
  };
  const auto with_alg = [&](const std::string& alg) {
    return R"({"alg":)" + alg + R"(,"typ":"at+jwt","kid":")" + forger.kid() + "\"}";
  };
  const auto with_typ = [&](const std::string& typ) {
    return R"({"alg":"ES256",)" + typ + R"("kid":")" + forger.kid() + "\"}";
  };
  const std::string headers[] = {with_alg(R"("none")"),
                                 with_alg(R"("None")"),
                                 with_alg(R"("nOnE")"),
                                 with_alg(R"("HS256")"),
                                 with_alg(R"("es256")"),
                                 with_alg(R"("RS256")"),
                                 with_alg("null"),
                                 with_alg(R"(["ES256"])"),
                                 with_typ(""),
                                 with_typ(R"("typ":"JWT",)"),
                                 with_typ(R"("typ":"AT+JWT",)"),
                                 with(R"(,"crit":["exp"])"),
                                 with(R"(,"b64":false)"),
                                 with(R"(,"crit":["b64"],"b64":false)"),
                                 with(R"(,"jku":"https://evil.example/keys")"),
                                 with(R"(,"x5u":"https://evil.example/c")"),
                                 with(R"(,"jwk":)" + forger.public_jwk()),
                                 with(R"(,"alg":"none")"),
                                 with(R"(,"kid":")" + forger.kid() + "\""),
                                 with(R"(,"typ":"at+jwt")"),
                                 with_kid(R"("../../etc/passwd")"),
                                 with_kid(R"("x' OR '1'='1")"),
                                 with_kid(R"("a\u0000b")"),
                                 with_kid('"' + std::string(10240, 'k') + '"'),
                                 with_kid('"' + std::string(65, 'k') + '"'),
                                 with_kid(R"("")"),
                                 with_kid("7"),
                                 R"({"alg":"ES256","typ":"at+jwt"})",
                                 "[]",
                                 "{}",
                                 "",
                                 "{",
                                 with("") + " {}",
                                 "\xef\xbb\xbf" + with("")};
  for (const auto& header : headers) {
    INFO(header.substr(0, 120));
    CHECK(is_refused(world.auth, forger.sign(header, claims(valid_times))));
  }
}

TEST_CASE("an HMAC keyed with the public key is not a valid signature") {
  AuthFixture world;
  const auto forger = world.make_forger();
  for (const auto* alg : {"HS256", "ES256"}) {
    const auto header =
        std::string(R"({"alg":")") + alg + R"(","typ":"at+jwt","kid":")" + forger.kid() + "\"}";
    CHECK(is_refused(world.auth,
                     support::sign_hs256(header, claims(valid_times), forger.public_jwk())));
  }
}

TEST_CASE("a token with unexpected or untimely claims is refused despite a valid signature") {
  AuthFixture world;
  const auto forger = world.make_forger();
  const auto iat = R"("iat":)" + std::to_string(issued_at) + ",";
  const auto exp = R"("exp":)" + std::to_string(issued_at + 600);
  const auto both = iat + exp;
  const auto base =
      R"({"iss":"feedctl","aud":"feedctl","sub":"42",)" + std::string(valid_grant) + ",";
  const std::string payloads[] = {
      claims(with_lifetime(issued_at - 600, 600)),  // ends now
      claims(with_lifetime(issued_at - 601, 600)),  // ended
      claims(with_lifetime(issued_at + 61, 600)),   // issued in the future
      claims(both + R"(,"nbf":)" + std::to_string(issued_at + 61)),
      claims(with_lifetime(issued_at, 86401)),  // lasts longer than any may
      claims(with_lifetime(issued_at, 0)),
      claims(with_lifetime(issued_at, -10)),
      claims(iat + R"("exp":")" + std::to_string(issued_at + 600) + "\""),
      claims(iat + R"("exp":1e30)"),
      claims(iat + R"("exp":9223372036854775807)"),
      claims(iat + R"("exp":1800000600.5)"),
      claims(iat + R"("exp":null)"),
      claims(R"("iat":)" + std::to_string(issued_at)),
      claims(exp),
      claims(R"("iat":-1,)" + exp),
      claims(R"("iat":"now",)" + exp),
      claims(both + R"(,"nbf":"soon")"),
      claims(both, R"("other")"),
      claims(both, R"(["other"])"),
      claims(both, "[]"),
      claims(both, "null"),
      claims(both, R"({"feedctl":1})"),
      claims(both, R"("Feedctl")"),
      claims(both, R"("feedctl")", "https://evil.example"),
      claims(both, R"("feedctl")", ""),
      claims(both, R"("feedctl")", "feedctl", "42"),
      claims(both, R"("feedctl")", "feedctl", "\"0\""),
      claims(both, R"("feedctl")", "feedctl", "\"42 \""),
      claims(both + R"(,"sub":"43")"),
      claims(both + R"(,"exp":1)"),
      base + R"("jti":"x",)" + both + "}",
      base + R"("jti":"x","role":"god",)" + both + "}",
      base + R"("role":"admin",)" + both + "}",
      with_grant(R"("ver":0)"),
      with_grant(R"("scope":"","ver":0)"),
      with_grant(R"("scope":"everything","ver":0)"),
      with_grant(R"("scope":"read read","ver":0)"),
      with_grant(R"("scope":"read  write","ver":0)"),
      with_grant(R"("scope":"read,write","ver":0)"),
      with_grant(R"("scope":["read"],"ver":0)"),
      with_grant(R"("scope":"read")"),
      with_grant(R"("scope":"read","ver":-1)"),
      with_grant(R"("scope":"read","ver":"0")"),
      with_grant(R"("scope":"read","ver":2147483648)"),
      with_grant(R"("scope":"read","ver":0,"sid":"7")"),
      with_grant(R"("scope":"read","ver":0,"sid":null)"),
      with_grant(R"("scope":"read","ver":0,"sid":"01234567-89AB-CDEF-0123-456789ABCDEF")"),
      "null",
      "[]",
      claims(both) + "x",
      "\"text\""};
  for (const auto& payload : payloads) {
    INFO(payload);
    CHECK(is_refused(world.auth, forger.sign(forger.valid_header(), payload)));
  }
}

TEST_CASE("a clock skew of one minute is tolerated") {
  AuthFixture world;
  const auto forger = world.make_forger();
  const auto ahead =
      claims(with_lifetime(issued_at + 60, 600) + R"(,"nbf":)" + std::to_string(issued_at + 60));
  CHECK_FALSE(is_refused(world.auth, forger.sign(forger.valid_header(), ahead)));
}

TEST_CASE("a token whose signature is changed, truncated, padded or by another key is refused") {
  AuthFixture world;
  const auto token = world.auth.issue(world.add_user("ada"), 600s);
  const auto dot = token.rfind('.');
  const auto input = token.substr(0, dot + 1);
  const auto signature = from_base64url(token.substr(dot + 1)).value();
  REQUIRE(signature.size() == 64);

  for (std::size_t byte = 0; byte < signature.size(); ++byte) {
    auto flipped = signature;
    flipped[byte] = static_cast<char>(flipped[byte] ^ 1);
    CHECK(is_refused(world.auth, input + base64url(flipped)));
  }
  const std::string zero(32, '\0');
  const auto r = signature.substr(0, 32), s = signature.substr(32);
  auto last = token;  // 64 bytes leave four bits over in the last character
  last.back() = last.back() == 'B' ? 'C' : 'B';
  const AuthFixture other;
  const std::string tokens[] = {input,
                                token.substr(0, dot),
                                token + "=",
                                token + "==",
                                token + "A",
                                token + ".",
                                last,
                                "." + token,
                                token + "." + token,
                                " " + token,
                                token + "\n",
                                input + base64url(zero + s),
                                input + base64url(r + zero),
                                input + base64url(zero + zero),
                                input + base64url(r),
                                input + base64url(signature + zero),
                                "",
                                ".",
                                "..",
                                "a.b.c",
                                std::string(9000, 'a') + "." + token};
  for (const auto& bad : tokens) {
    INFO(bad.substr(0, 300));
    CHECK(is_refused(world.auth, bad));
  }
  CHECK_FALSE(is_refused(world.auth, token));
}

TEST_CASE("a token of another installation is refused") {
  AuthFixture ours;
  AuthFixture theirs;
  CHECK(is_refused(ours.auth, theirs.auth.issue(theirs.add_user("eve"), 600s)));
}

TEST_CASE("a token expires at its expiry time, even if it was verified before") {
  AuthFixture world;
  const auto token = world.auth.issue(world.add_user("ada"), 600s);
  CHECK_FALSE(is_refused(world.auth, token));
  world.time += 599s;
  CHECK_FALSE(is_refused(world.auth, token));
  world.time += 1s;
  CHECK_THROWS_WITH(world.auth.verify(token), "the token has expired; get a new one");
}

TEST_CASE("a thousand unknown key ids cost at most one database lookup") {
  AuthFixture world;
  const auto forger = world.make_forger();
  CHECK_FALSE(is_refused(world.auth, forger.sign(forger.valid_header(), claims(valid_times))));
  const auto before = key_queries();
  for (int i = 0; i < 1000; ++i) {
    const auto header = R"({"alg":"ES256","typ":"at+jwt","kid":"k)" + std::to_string(i) + "\"}";
    REQUIRE(is_refused(world.auth, forger.sign(header, claims(valid_times))));
  }
  CHECK(key_queries() - before <= 1);
}

TEST_CASE("a new signing key is loaded once the cached key is old enough") {
  AuthFixture world;
  const auto old_key = world.make_forger();
  auth::KeyRing patient(world.database, {});
  auth::KeyRing eager(world.database, {.reload_interval = 0s});
  CHECK(patient.find(old_key.kid()));
  CHECK(eager.find(old_key.kid()));
  world.fresh.execute("DELETE FROM signing_keys");
  auth::ensure_signing_key(world.owner);
  const auto new_key = world.make_forger();
  REQUIRE(new_key.kid() != old_key.kid());
  CHECK_FALSE(patient.find(new_key.kid()));
  CHECK(eager.find(new_key.kid()));
  CHECK_FALSE(eager.find(old_key.kid()));
}

TEST_CASE("after a first read of the keys that failed the next one waits") {
  AuthFixture world;
  const auto kid = world.make_forger().kid();
  auth::KeyRing patient(world.database, {.retry_interval = 1h});
  auth::KeyRing eager(world.database, {.retry_interval = 0ms});
  world.fresh.execute("ALTER TABLE signing_keys RENAME TO hidden_keys");
  for (auto* keys : {&patient, &eager}) CHECK_THROWS_AS(keys->find(kid), Error);
  world.fresh.execute("ALTER TABLE hidden_keys RENAME TO signing_keys");
  CHECK_THROWS_WITH(patient.find(kid), "the signing keys cannot be read, try again");
  CHECK_THROWS_WITH(patient.jwks_json(), "the signing keys cannot be read, try again");
  CHECK(eager.find(kid));
  patient.reload();
  CHECK(patient.find(kid));
}

TEST_CASE("making the signing key again changes nothing") {
  AuthFixture world;
  const auto before = world.make_forger().kid();
  auth::ensure_signing_key(world.owner);
  CHECK(world.make_forger().kid() == before);
}

TEST_CASE("threads may verify and issue tokens concurrently") {
  AuthFixture world;
  const auto user = world.add_user("ada");
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        if (world.auth.verify(world.auth.issue(user, 60s)).user_id == user) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(good == 200);
}

TEST_CASE("verified tokens are cached until they expire, up to the cache's capacity") {
  auth::TokenCache tokens(8);
  const Time now = from_unix_us(1'000'000'000);
  const auto claims_of = [](Id user, Time end) {
    return auth::Claims{.user_id = user, .expires_at = end};
  };
  tokens.insert("short", claims_of(1, now + 1s), now, tokens.generation());
  CHECK(tokens.find("short", now)->user_id == 1);
  CHECK_FALSE(tokens.find("short", now + 1s));
  CHECK_FALSE(tokens.find("other", now));
  for (int i = 0; i < 100; ++i) {
    const auto name = "t" + std::to_string(i);
    tokens.insert(name, claims_of(i, now + 1h), now + 2s, tokens.generation());
    CHECK(tokens.size() <= 8);
    CHECK(tokens.find(name, now + 2s)->user_id == i);
  }
}

TEST_CASE("a token that was verified while its key ended does not enter the cache") {
  auth::TokenCache tokens;
  const Time now = from_unix_us(1'000'000'000);
  const auth::Claims claims{.user_id = 1, .expires_at = now + 1h};
  const auto before = tokens.generation();
  tokens.insert("early", claims, now, before);
  tokens.clear();
  tokens.insert("late", claims, now, before);
  CHECK_FALSE(tokens.find("early", now));
  CHECK_FALSE(tokens.find("late", now));
  tokens.insert("later", claims, now, tokens.generation());
  CHECK(tokens.find("later", now));
}
