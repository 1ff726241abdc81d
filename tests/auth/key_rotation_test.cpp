// Signing keys: which one signs, which verify, what is published, and what a rotation changes.
#include "auth/key_period.hpp"
#include "auth/routes.hpp"
#include "auth/signing_keys.hpp"
#include "auth_fixture.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/in_process.hpp"
#include "support/json.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;
using auth::KeyState;

namespace {

const auth::KeyRotation planned{600s, 86400s}, at_once{600s, 86400s, true};

bool is_refused(auth::Auth& auth, const std::string& token) {
  try {
    auth.verify(token);
    return false;
  } catch (const Error& error) {
    return error.code() == ErrorCode::unauthenticated;
  }
}

std::string kid_of(const std::string& token) {
  const auto header = from_base64url(token.substr(0, token.find('.'))).value();
  return support::text_in(json::parse(header), "kid");
}

// Its clock stands still at the database's time.
struct KeysFixture : AuthFixture {
  KeysFixture() { time = now(); }
  // Puts the times of a key where the standing clock of the fixture can pass them.
  void set_period(const std::string& kid, std::chrono::seconds sign_from,
                  std::optional<std::chrono::seconds> verify_until) const {
    const auto literal = [&](std::chrono::seconds offset) {
      return "'" + rfc3339(time + offset) + "'";
    };
    fresh.execute("UPDATE signing_keys SET sign_from = " + literal(sign_from) +
                  ", verify_until = " + (verify_until ? literal(*verify_until) : "NULL") +
                  " WHERE kid = '" + kid + "'");
  }
  std::vector<KeyState> states() {
    std::vector<KeyState> all;
    for (const auto& key : auth::list_signing_keys(database)) all.push_back(key.state);
    return all;
  }
  const Id ada = add_user("ada");
  const std::string first = make_forger().kid();
};

}  // namespace

TEST_CASE("the newest key whose time has come signs, and the oldest where none has come") {
  const Time t = from_unix_us(1'800'000'000'000'000);
  const std::vector<auth::KeyPeriod> periods{{"ended", t - 9h, t - 1h},
                                             {"old", t - 8h, t + 1h},
                                             {"new", t - 1h, {}},
                                             {"next", t + 1h, {}}};
  CHECK(auth::signing_index(periods, t) == 2);
  CHECK(auth::signing_index(periods, t - 2h) == 1);
  CHECK(auth::signing_index(periods, t + 1h) == 3);
  CHECK(auth::signing_index(periods, t - 10h) == 0);
  CHECK_FALSE(auth::signing_index({}, t));
  CHECK_FALSE(auth::signing_index(std::vector<auth::KeyPeriod>{{"ended", t - 9h, t}}, t));
}

TEST_CASE("a rotation publishes the next key before it signs, and lets tokens live to their end") {
  KeysFixture world;
  const auto report = auth::rotate_signing_key(world.owner, planned);
  CHECK(report.kid != world.first);
  CHECK(report.ended == 1);
  CHECK(report.deleted == 0);
  REQUIRE(report.others_verify_until);
  CHECK(*report.others_verify_until - report.sign_from >= 86400s);
  const auto keys = auth::list_signing_keys(world.database);
  REQUIRE(keys.size() == 2);
  CHECK(keys[0].kid == world.first);
  CHECK(keys[0].state == KeyState::signing);
  CHECK(keys[0].verify_until == report.others_verify_until);
  CHECK(keys[1].kid == report.kid);
  CHECK(keys[1].state == KeyState::next);
  CHECK(keys[1].sign_from - keys[1].created_at == 600s);
  CHECK_FALSE(keys[1].verify_until);
}

TEST_CASE("a key is published for at least as long as its set may be cached") {
  KeysFixture world;
  const auto report = auth::rotate_signing_key(world.owner, {1s, 60s});
  const auto keys = auth::list_signing_keys(world.database);
  CHECK(keys.back().kid == report.kid);
  CHECK(report.sign_from - keys.back().created_at == auth::jwks_max_age);
}

TEST_CASE("while a key is next there is no other rotation, unless keys are compromised") {
  KeysFixture world;
  const auto next = auth::rotate_signing_key(world.owner, planned).kid;
  CHECK_THROWS_WITH(auth::rotate_signing_key(world.owner, planned),
                    Catch::Matchers::StartsWith("the key " + next + " is next"));
  CHECK(world.states().size() == 2);
  const auto report = auth::rotate_signing_key(world.owner, at_once);
  CHECK(report.ended == 2);
  const auto keys = auth::list_signing_keys(world.database);
  REQUIRE(keys.size() == 3);
  for (const auto& key : keys)
    CHECK(key.state == (key.kid == report.kid ? KeyState::signing : KeyState::expired));
  CHECK(auth::rotate_signing_key(world.owner, planned).deleted == 2);
  CHECK(world.states() == std::vector{KeyState::signing, KeyState::next});
}

TEST_CASE("servers sign with the next key from its time on, and verify with both meanwhile") {
  KeysFixture world;
  const auto next = auth::rotate_signing_key(world.owner, planned).kid;
  world.set_period(world.first, -1h, 2h);
  world.set_period(next, 10min, std::nullopt);
  world.auth.refresh();
  const auto before = world.auth.issue(world.ada, 3600s);
  CHECK(kid_of(before) == world.first);
  world.time += 10min;
  const auto after = world.auth.issue(world.ada, 86400s);
  CHECK(kid_of(after) == next);
  CHECK_FALSE(is_refused(world.auth, before));
  CHECK_FALSE(is_refused(world.auth, after));
  world.time += 50min - 1s;
  CHECK_FALSE(is_refused(world.auth, before));
  world.time += 2h;  // past the end of the first key
  auth::Auth uncached(world.options, world.database);
  CHECK_FALSE(is_refused(uncached, after));
}

TEST_CASE("a token by a key that has ended is refused although its own end lies ahead") {
  KeysFixture world;
  const auto token = world.auth.issue(world.ada, 86400s);
  const auto next = auth::rotate_signing_key(world.owner, planned).kid;
  world.set_period(world.first, -1h, 5min);
  world.set_period(next, 1min, std::nullopt);
  auth::Auth other(world.options, world.database);
  CHECK_FALSE(is_refused(other, token));
  auth::Auth uncached(world.options, world.database);
  world.time += 5min;
  CHECK(is_refused(uncached, token));
}

TEST_CASE("tokens of a compromised key are refused with the next refresh, cached or not") {
  KeysFixture world;
  world.time += GENERATE(-30, 0, 30) * 1s;  // the server's clock is behind, right or ahead
  const auto token = world.auth.issue(world.ada, 3600s);
  world.auth.verify(token);
  world.auth.refresh();
  REQUIRE(world.auth.cached_actor("Bearer " + token, std::nullopt) == world.ada);
  const auto kid = auth::rotate_signing_key(world.owner, at_once).kid;
  world.auth.refresh();
  CHECK_FALSE(world.auth.cached_actor("Bearer " + token, std::nullopt));
  CHECK(is_refused(world.auth, token));
  const auto fresh = world.auth.issue(world.ada, 3600s);
  CHECK(kid_of(fresh) == kid);
  CHECK_FALSE(is_refused(world.auth, fresh));
}

TEST_CASE("a planned rotation leaves verified tokens in the cache") {
  KeysFixture world;
  const auto token = world.auth.issue(world.ada, 3600s);
  world.auth.verify(token);
  world.auth.refresh();
  auth::rotate_signing_key(world.owner, planned);
  world.auth.refresh();
  CHECK(world.auth.cached_actor("Bearer " + token, std::nullopt) == world.ada);
}

TEST_CASE("a key that ends by the database's clock ends for cached tokens too") {
  KeysFixture world;
  world.time -= 30s;
  const auto token = world.auth.issue(world.ada, 3600s);
  const auto next = auth::rotate_signing_key(world.owner, planned).kid;
  world.set_period(next, -1min, std::nullopt);
  world.set_period(world.first, -1h, 33s);  // three seconds from the fixture's start
  CHECK(support::eventually([&] {
    world.auth.refresh();
    return is_refused(world.auth, token);
  }));
}

TEST_CASE("the published set has the public parts of all keys that verify, and no private one") {
  KeysFixture world;
  const auto next = auth::rotate_signing_key(world.owner, planned).kid;
  world.set_period(world.first, -1h, 2h);
  world.set_period(next, 10min, std::nullopt);
  http::Router router;
  auth::add_routes(router, world.auth);
  const support::InProcessClient client(router, world.auth);
  auto answer = client.get("/.well-known/jwks.json");
  REQUIRE(answer.status == 200);
  REQUIRE(answer.find_header("Cache-Control"));
  CHECK(*answer.find_header("Cache-Control") == "public, max-age=300");
  const auto keys = support::list_in(json::parse(answer.body), "keys");
  REQUIRE(keys.size() == 2);
  CHECK(support::text_in(keys[0], "kid") == world.first);
  CHECK(support::text_in(keys[1], "kid") == next);
  for (const auto& key : keys) {
    CHECK(key.object()->size() == 7);
    CHECK(support::text_in(key, "kty") == "EC");
    CHECK(support::text_in(key, "crv") == "P-256");
    CHECK(support::text_in(key, "alg") == "ES256");
    CHECK(support::text_in(key, "use") == "sig");
    CHECK(from_base64url(support::text_in(key, "x")).value().size() == 32);
    CHECK(from_base64url(support::text_in(key, "y")).value().size() == 32);
    CHECK(key.find("d") == nullptr);
  }
  world.time += 3h;
  const auto later = support::list_in(client.get("/.well-known/jwks.json"), "keys");
  REQUIRE(later.size() == 1);
  CHECK(support::text_in(later[0], "kid") == next);
}

TEST_CASE("a dry run rotates nothing, and only the owner may rotate") {
  KeysFixture world;
  auto options = world.owner.options();
  options.dry_run = true;
  store::Database dry(options);
  CHECK(auth::rotate_signing_key(dry, planned).kid != world.first);
  CHECK(world.states() == std::vector{KeyState::signing});
  CHECK_THROWS_AS(auth::rotate_signing_key(world.database, planned), store::SqlError);
  CHECK(world.states() == std::vector{KeyState::signing});
}
