// Revoked tokens: in the list of a server, in the table that all servers read, and on routes.
#include <thread>

#include "actor_routes.hpp"
#include "auth/revocation_list.hpp"
#include "auth/revocation_poller.hpp"
#include "auth/revocations.hpp"
#include "base/error.hpp"
#include "metrics/metrics.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;
using auth::Claims;
using auth::RevocationList;
using auth::Scope;

namespace {

const Time far_end = from_unix_us(4'000'000'000'000'000);  // in 2096

Uuid session(std::uint8_t number) {
  Uuid uuid;
  uuid.bytes.back() = number;
  return uuid;
}

Claims claims_of(Id user, std::int32_t version, std::optional<Uuid> sid = std::nullopt) {
  return {.user_id = user, .sid = sid, .token_version = version};
}

// nullopt: the token is accepted.
std::optional<ErrorCode> code_of_refusal(auth::Auth& auth, const std::string& token) {
  try {
    auth.verify(token);
    return std::nullopt;
  } catch (const Error& error) {
    return error.code();
  }
}

bool is_refused(auth::Auth& auth, const std::string& token) {
  return code_of_refusal(auth, token) == ErrorCode::unauthenticated;
}

// Another server with the same database.
struct OtherServer {
  explicit OtherServer(const AuthFixture& world)
      : database(world.database.options()), auth(world.options, database) {}
  store::Database database;
  auth::Auth auth;
};

}  // namespace

TEST_CASE("a list of revocations knows sessions, and users by the version of their tokens") {
  RevocationList list;
  CHECK_FALSE(list.is_revoked(claims_of(1, 0, session(1))));
  list.apply({.session_id = session(1), .until = far_end});
  CHECK(list.is_revoked(claims_of(1, 0, session(1))));
  CHECK_FALSE(list.is_revoked(claims_of(1, 0, session(2))));
  CHECK_FALSE(list.is_revoked(claims_of(1, 0)));

  list.apply({.user_id = 2, .token_version = 3, .until = far_end});
  CHECK(list.is_revoked(claims_of(2, 2, session(2))));
  CHECK_FALSE(list.is_revoked(claims_of(2, 3)));
  CHECK_FALSE(list.is_revoked(claims_of(3, 0)));
  list.apply({.user_id = 2, .token_version = 1, .until = far_end});  // comes late
  CHECK(list.is_revoked(claims_of(2, 2)));
}

TEST_CASE("a list forgets a revocation after its end, and not before") {
  RevocationList list;
  const Time end = from_unix_us(2'000'000'000'000'000);
  list.apply({.session_id = session(1), .until = end});
  list.apply({.session_id = session(2), .until = far_end});
  list.apply({.user_id = 7, .token_version = 1, .until = end});
  list.prune(end);
  CHECK(list.size() == 3);
  list.prune(end + 1us);
  CHECK(list.size() == 1);
  CHECK_FALSE(list.is_revoked(claims_of(7, 0, session(1))));
  CHECK(list.is_revoked(claims_of(7, 0, session(2))));
}

TEST_CASE("threads may ask a list while it changes") {
  RevocationList list;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&list, t] {
      for (std::uint8_t i = 0; i < 200; ++i) {
        list.apply({.session_id = session(i), .until = far_end});
        list.is_revoked(claims_of(t, 0, session(i)));
        list.prune(Time{});
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(list.size() == 200);
}

TEST_CASE("a revoked session's tokens are refused, also those in the token cache") {
  AuthFixture world;
  const auto ada = world.add_user("ada");
  const auto sid = to_string(session(1)), other_sid = to_string(session(2));
  const auto token = world.auth.issue({ada, {Scope::read}, sid, 600s});
  const auto later = world.auth.issue({ada, {Scope::read}, sid, 500s});
  const auto other = world.auth.issue({ada, {Scope::read}, other_sid, 600s});
  world.auth.verify(token);
  REQUIRE(world.auth.cached_actor("Bearer " + token, std::nullopt) == ada);
  world.auth.apply(auth::revoke_session(world.database, sid, far_end));
  CHECK_FALSE(world.auth.cached_actor("Bearer " + token, std::nullopt));
  CHECK_THROWS_WITH(world.auth.verify(token), "the token has been revoked; sign in again");
  CHECK(is_refused(world.auth, later));
  CHECK_FALSE(is_refused(world.auth, other));
  CHECK_FALSE(is_refused(world.auth, world.auth.issue(ada, 600s)));
}

TEST_CASE("other servers learn of a revocation with their next refresh") {
  AuthFixture world;
  OtherServer other(world);
  const auto ada = world.add_user("ada"), bob = world.add_user("bob");
  const auto sid = to_string(session(1));
  const auto of_session = world.auth.issue({ada, {Scope::read}, sid, 600s});
  const auto of_bob = world.auth.issue(bob, 600s);
  other.auth.refresh();
  CHECK_FALSE(is_refused(other.auth, of_session));
  CHECK_FALSE(is_refused(other.auth, of_bob));
  auth::revoke_session(world.database, sid, far_end);
  other.auth.refresh();
  CHECK(is_refused(other.auth, of_session));
  CHECK_FALSE(is_refused(other.auth, of_bob));
  CHECK(auth::revoke_tokens_of(world.database, bob, 24h) == 1);
  other.auth.refresh();
  CHECK(is_refused(other.auth, of_bob));
  CHECK_FALSE(is_refused(other.auth, world.auth.issue(bob, 600s)));
}

TEST_CASE("a server that starts reads revocations of any age that have not ended") {
  AuthFixture world;
  world.fresh.execute(
      "INSERT INTO revocations (at, until, user_id, token_version) VALUES"
      " (now() - interval '20 hours', now() + interval '4 hours', 1, 1),"
      " (now() - interval '30 hours', now() - interval '6 hours', 2, 1)");
  RevocationList list;
  auth::RevocationPoller poller(world.database, list);
  poller.poll(now());
  CHECK(list.size() == 1);
  CHECK(list.is_revoked(claims_of(1, 0)));
}

TEST_CASE("a server whose clock is behind remembers what it has revoked") {
  AuthFixture world;
  RevocationList list;
  auth::RevocationPoller poller(world.database, list);
  list.apply({.session_id = session(1), .until = now() - 30min});
  poller.poll(now() - 1h);
  CHECK(list.size() == 1);
  poller.poll(now());
  CHECK(list.size() == 0);
}

TEST_CASE("a server reads the revocations before it accepts its first token") {
  AuthFixture world;
  OtherServer other(world);
  const auto ada = world.add_user("ada");
  const auto sid = to_string(session(1));
  const auto revoked = world.auth.issue({ada, {Scope::read}, sid, 600s});
  auth::revoke_session(world.database, sid, far_end);
  CHECK(is_refused(other.auth, revoked));
  CHECK_FALSE(is_refused(other.auth, world.auth.issue(ada, 600s)));
}

TEST_CASE("until the revocations could be read no token is accepted or refused") {
  AuthFixture world;
  OtherServer other(world);
  const auto ada = world.add_user("ada");
  const auto token = world.auth.issue(ada, 600s);
  world.fresh.execute("ALTER TABLE revocations RENAME TO hidden_revocations");
  for (int i = 0; i < 2; ++i) {
    CHECK(code_of_refusal(other.auth, token) == ErrorCode::unavailable);
    CHECK_FALSE(other.auth.cached_actor("Bearer " + token, std::nullopt));
  }
  world.fresh.execute("ALTER TABLE hidden_revocations RENAME TO revocations");
  CHECK_FALSE(is_refused(other.auth, token));
  CHECK(other.auth.cached_actor("Bearer " + token, std::nullopt) == ada);
}

TEST_CASE("a poll finds a row that became visible after later ones") {
  AuthFixture world;
  RevocationList list;
  auth::RevocationPoller poller(world.database, list);
  poller.poll(now());
  auto slow = world.database.write();
  auth::revoke_session(slow, to_string(session(1)), far_end);
  auth::revoke_session(world.database, to_string(session(2)), far_end);
  poller.poll(now());
  CHECK(list.size() == 1);
  slow.commit();
  poller.poll(now());
  CHECK(list.size() == 2);
}

TEST_CASE("a poll reads recent rows only, but the first one of a server reads all") {
  AuthFixture world;
  RevocationList list;
  auth::RevocationPoller poller(world.database, list);
  poller.poll(now());
  world.fresh.execute(
      "INSERT INTO revocations (at, until, user_id, token_version) VALUES"
      " (now() - interval '1 hour', now() + interval '1 hour', 1, 1)");
  poller.poll(now());
  CHECK(list.size() == 0);
  auth::RevocationPoller restarted(world.database, list);
  restarted.poll(now());
  CHECK(list.size() == 1);
}

TEST_CASE("polls overlap, and read all rows once a minute and after the clock was set back") {
  auth::PollWindow window;
  const Time all{}, start = from_unix_us(1'800'000'000'000'000);
  const std::chrono::steady_clock::time_point steady{};
  CHECK(window.start(steady) == all);
  window.on_polled(start, steady);
  CHECK(window.start(steady + 1s) == start - 10s);
  window.on_polled(start + 1s, steady + 1s);
  CHECK(window.start(steady + 59s) == start - 9s);
  CHECK(window.start(steady + 60s) == all);
  window.on_polled(start + 60s, steady + 60s);
  CHECK(window.start(steady + 61s) == start + 50s);
  window.on_polled(start - 1h, steady + 61s);
  CHECK(window.start(steady + 62s) == all);
  window.on_polled(start - 1h + 1s, steady + 62s);
  CHECK(window.start(steady + 63s) == start - 1h - 9s);
}

TEST_CASE("a transaction that rolls back revokes nothing") {
  AuthFixture world;
  const auto ada = world.add_user("ada");
  {
    auto transaction = world.database.write();
    CHECK(auth::revoke_tokens_of(transaction, ada, 24h) == 1);
  }
  const auto token = world.auth.issue(ada, 600s);
  world.auth.refresh();
  CHECK(world.auth.verify(token).token_version == 0);
}

TEST_CASE("revocations of unknown users and of sessions that are no UUID are errors") {
  AuthFixture world;
  CHECK_THROWS_WITH(auth::revoke_tokens_of(world.database, 99, 24h), "User with id 99 not found");
  for (const auto* sid : {"", "7", "'; DROP TABLE users"})
    CHECK_THROWS_AS(auth::revoke_session(world.database, sid, far_end), Error);
  CHECK(world.fresh.execute("SELECT count(*) FROM revocations") == "0");
}

TEST_CASE("a revocation lasts as long as the last token that it concerns") {
  AuthFixture world;
  const auto ada = world.add_user("ada");
  auth::revoke_tokens_of(world.database, ada, 1h);
  CHECK(world.fresh.execute("SELECT until BETWEEN now() + interval '59 minutes'"
                            " AND now() + interval '62 minutes' FROM revocations") == "t");
}

TEST_CASE("rows are deleted after their end, however many there are") {
  AuthFixture world;
  world.fresh.execute(
      "INSERT INTO revocations (until, user_id, token_version)"
      " SELECT now() - interval '1 hour', i, 1 FROM generate_series(1, 10001) i");
  auth::revoke_session(world.database, to_string(session(1)), far_end);
  CHECK(auth::prune_revocations(world.database, now() - 2h) == 0);
  CHECK(auth::prune_revocations(world.database, now()) == 10001);
  CHECK(world.fresh.execute("SELECT count(*) FROM revocations") == "1");
}

TEST_CASE("where the database is away a server keeps the revocations and keys that it has") {
  AuthFixture world;
  const auto ada = world.add_user("ada");
  const auto sid = to_string(session(1));
  const auto revoked = world.auth.issue({ada, {Scope::read}, sid, 600s});
  const auto valid = world.auth.issue({ada, {Scope::read}, std::nullopt, 600s});
  auth::revoke_session(world.database, sid, far_end);
  world.auth.refresh();
  world.fresh.execute("ALTER TABLE revocations RENAME TO hidden_revocations");
  world.fresh.execute("ALTER TABLE signing_keys RENAME TO hidden_keys");
  CHECK_THROWS_AS(world.auth.refresh(), Error);
  CHECK(is_refused(world.auth, revoked));
  CHECK_FALSE(is_refused(world.auth, valid));
  world.fresh.execute("ALTER TABLE hidden_keys RENAME TO signing_keys");
  world.fresh.execute("ALTER TABLE hidden_revocations RENAME TO revocations");
  CHECK_NOTHROW(world.auth.refresh());
}

TEST_CASE("a metric says when revocations were last read, and stays while that fails") {
  const std::string name = "feedctl_auth_revocations_last_read_timestamp_seconds";
  AuthFixture world;
  REQUIRE(metrics::summary().count(name) == 1);
  auto& last_read = metrics::gauge(name, "");
  const auto hour_ago = static_cast<double>(unix_us(now() - 1h)) / 1e6;
  world.auth.refresh();
  CHECK(last_read.value() > hour_ago);
  last_read.set(0);
  world.fresh.execute("ALTER TABLE revocations RENAME TO hidden_revocations");
  CHECK_THROWS_AS(world.auth.refresh(), Error);
  CHECK(last_read.value() == 0);
  world.fresh.execute("ALTER TABLE hidden_revocations RENAME TO revocations");
  world.auth.refresh();
  CHECK(last_read.value() > hour_ago);
}
