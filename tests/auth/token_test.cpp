#include <thread>

#include "auth/key_ring.hpp"
#include "auth/verified.hpp"
#include "base/cursor.hpp"
#include "base/error.hpp"
#include "metrics/metrics.hpp"
#include "support/catch.hpp"
#include "world.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t issued_at = 1'800'000'000;  // the standing clock

std::string claims(const std::string& times, const std::string& aud = R"("feedctl")",
                   const std::string& iss = "feedctl", const std::string& sub = R"("42")") {
  return R"({"iss":")" + iss + R"(","aud":)" + aud + R"(,"sub":)" + sub +
         R"(,"role":"user","jti":"x",)" + times + "}";
}

std::string lasting(std::int64_t from, std::int64_t seconds) {
  return R"("iat":)" + std::to_string(from) + R"(,"exp":)" + std::to_string(from + seconds);
}

const std::string good_times = lasting(issued_at, 600);

bool refused(auth::Auth& auth, const std::string& token) {
  try {
    auth.verify(token);
    return false;
  } catch (const Error& error) {
    return error.code() == ErrorCode::unauthenticated;
  }
}

int key_queries() {
  const std::string name = "feedctl_db_query_duration_seconds_count{query=\"store/load_key\"} ";
  const auto text = metrics::text();
  const auto at = text.find(name);
  return at == std::string::npos ? 0 : std::stoi(text.substr(at + name.size()));
}

}  // namespace

TEST_CASE("an issued token says who it was issued to, and until when") {
  World world;
  const auto user = world.add_user("ada");
  const auto admin = world.add_user("root", "admin");
  const auto claims = world.auth.verify(world.auth.issue(user, 600s));
  CHECK(claims.user_id == user);
  CHECK_FALSE(claims.admin);
  CHECK(claims.expires_at == world.time + 600s);
  CHECK(world.auth.verify(world.auth.issue(admin, 1s)).admin);
}

TEST_CASE("tokens are issued to living users only, and not for longer than allowed") {
  World world;
  const auto user = world.add_user("ada");
  CHECK_THROWS_WITH(world.auth.issue(99999, 60s), "User with id 99999 not found");
  CHECK_NOTHROW(world.auth.issue(user, world.options.max_token_ttl));
  CHECK_THROWS_AS(world.auth.issue(user, world.options.max_token_ttl + 1s), Error);
  CHECK_THROWS_AS(world.auth.issue(user, 0s), Error);
  world.fresh.execute("UPDATE users SET deleted_at = now() WHERE handle = 'ada'");
  CHECK_THROWS_AS(world.auth.issue(user, 60s), Error);
}

TEST_CASE("without a signing key nothing is issued and every token is refused") {
  World world;
  const auto user = world.add_user("ada");
  const auto token = world.auth.issue(user, 60s);
  world.fresh.execute("DELETE FROM server_keys");
  auth::Auth other(world.options, world.database);
  CHECK(refused(other, token));
  CHECK_THROWS_WITH(other.issue(user, 60s), "there is no signing key in the database");
}

TEST_CASE(
    "the forger's form of a good token is accepted, so that what is refused is refused for its "
    "reason") {
  World world;
  const auto forger = world.forger();
  CHECK(world.auth.verify(forger.sign(forger.good_header(), claims(good_times))).user_id == 42);
  const auto in_a_list = claims(good_times, R"(["other","feedctl"])");
  CHECK_FALSE(refused(world.auth, forger.sign(forger.good_header(), in_a_list)));
}

TEST_CASE("a header other than ours is refused, however good the signature") {
  World world;
  const auto forger = world.forger();
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
    CHECK(refused(world.auth, forger.sign(header, claims(good_times))));
  }
}

TEST_CASE("an HMAC with the public key is no signature") {
  World world;
  const auto forger = world.forger();
  for (const auto* alg : {"HS256", "ES256"}) {
    const auto header =
        std::string(R"({"alg":")") + alg + R"(","typ":"at+jwt","kid":")" + forger.kid() + "\"}";
    CHECK(refused(world.auth, forger.sign_hs256(header, claims(good_times), forger.public_jwk())));
  }
}

TEST_CASE("claims that are not ours, or not of now, are refused, however good the signature") {
  World world;
  const auto forger = world.forger();
  const auto iat = R"("iat":)" + std::to_string(issued_at) + ",";
  const auto exp = R"("exp":)" + std::to_string(issued_at + 600);
  const auto both = iat + exp;
  const std::string payloads[] = {
      claims(lasting(issued_at - 600, 600)),  // ends now
      claims(lasting(issued_at - 601, 600)),  // ended
      claims(lasting(issued_at + 61, 600)),   // issued in the future
      claims(both + R"(,"nbf":)" + std::to_string(issued_at + 61)),
      claims(lasting(issued_at, 86401)),  // lasts longer than any may
      claims(lasting(issued_at, 0)),
      claims(lasting(issued_at, -10)),
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
      R"({"iss":"feedctl","aud":"feedctl","sub":"42","jti":"x",)" + both + "}",
      R"({"iss":"feedctl","aud":"feedctl","sub":"42","jti":"x","role":"god",)" + both + "}",
      R"({"iss":"feedctl","aud":"feedctl","sub":"42","role":"admin",)" + both + "}",
      "null",
      "[]",
      claims(both) + "x",
      "\"text\""};
  for (const auto& payload : payloads) {
    INFO(payload);
    CHECK(refused(world.auth, forger.sign(forger.good_header(), payload)));
  }
}

TEST_CASE("a clock that is a minute behind does not matter") {
  World world;
  const auto forger = world.forger();
  const auto ahead =
      claims(lasting(issued_at + 60, 600) + R"(,"nbf":)" + std::to_string(issued_at + 60));
  CHECK_FALSE(refused(world.auth, forger.sign(forger.good_header(), ahead)));
}

TEST_CASE("a signature that is changed, cut, padded or of another key is refused") {
  World world;
  const auto token = world.auth.issue(world.add_user("ada"), 600s);
  const auto dot = token.rfind('.');
  const auto input = token.substr(0, dot + 1);
  const auto signature = from_base64url(token.substr(dot + 1)).value();
  REQUIRE(signature.size() == 64);

  for (std::size_t byte = 0; byte < signature.size(); ++byte) {
    auto flipped = signature;
    flipped[byte] = static_cast<char>(flipped[byte] ^ 1);
    CHECK(refused(world.auth, input + base64url(flipped)));
  }
  const std::string zero(32, '\0');
  const auto r = signature.substr(0, 32), s = signature.substr(32);
  auto last = token;  // 64 bytes leave four bits over in the last character
  last.back() = last.back() == 'B' ? 'C' : 'B';
  const World other;
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
    CHECK(refused(world.auth, bad));
  }
  CHECK_FALSE(refused(world.auth, token));
}

TEST_CASE("a token of another installation is refused") {
  World ours;
  World theirs;
  CHECK(refused(ours.auth, theirs.auth.issue(theirs.add_user("eve"), 600s)));
}

TEST_CASE("a token ends when it says so, also where it was verified before") {
  World world;
  const auto token = world.auth.issue(world.add_user("ada"), 600s);
  CHECK_FALSE(refused(world.auth, token));
  world.time += 599s;
  CHECK_FALSE(refused(world.auth, token));
  world.time += 1s;
  CHECK_THROWS_WITH(world.auth.verify(token), "the token has expired; get a new one");
}

TEST_CASE("a thousand unknown keys cost at most one look into the database") {
  World world;
  const auto forger = world.forger();
  CHECK_FALSE(refused(world.auth, forger.sign(forger.good_header(), claims(good_times))));
  const auto before = key_queries();
  for (int i = 0; i < 1000; ++i) {
    const auto header = R"({"alg":"ES256","typ":"at+jwt","kid":"k)" + std::to_string(i) + "\"}";
    REQUIRE(refused(world.auth, forger.sign(header, claims(good_times))));
  }
  CHECK(key_queries() - before <= 1);
}

TEST_CASE("a new signing key is found once the old one has been known for long enough") {
  World world;
  const auto old_key = world.forger();
  auth::KeyRing patient(world.database);
  auth::KeyRing eager(world.database, 0s);
  CHECK(patient.find(old_key.kid()));
  CHECK(eager.find(old_key.kid()));
  world.fresh.execute("DELETE FROM server_keys");
  auth::ensure_signing_key(world.owner);
  const auto new_key = world.forger();
  REQUIRE(new_key.kid() != old_key.kid());
  CHECK_FALSE(patient.find(new_key.kid()));
  CHECK(eager.find(new_key.kid()));
  CHECK_FALSE(eager.find(old_key.kid()));
}

TEST_CASE("making the signing key again changes nothing") {
  World world;
  const auto before = world.forger().kid();
  auth::ensure_signing_key(world.owner);
  CHECK(world.forger().kid() == before);
}

TEST_CASE("threads may verify and issue at once") {
  World world;
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

TEST_CASE("verified tokens are kept until they end, and only so many") {
  auth::VerifiedTokens tokens(8);
  const Time now = from_unix_us(1'000'000'000);
  tokens.keep("short", {1, false, now + 1s}, now);
  CHECK(tokens.find("short", now)->user_id == 1);
  CHECK_FALSE(tokens.find("short", now + 1s));
  CHECK_FALSE(tokens.find("other", now));
  for (int i = 0; i < 100; ++i) {
    const auto name = "t" + std::to_string(i);
    tokens.keep(name, {i, true, now + 1h}, now + 2s);
    CHECK(tokens.size() <= 8);
    CHECK(tokens.find(name, now + 2s)->user_id == i);
  }
}
