// What happens to a session when something comes between the steps of a sign-in or a refresh.
#include <thread>

#include "accounts_fixture.hpp"
#include "base/error.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::AccountsFixture;

namespace {

// Whether a statement comes to wait for a lock.
bool wait_for_lock(AccountsFixture& site) {
  return support::eventually([&] {
    return site.scalar(
               "SELECT count(*) FROM pg_stat_activity "
               "WHERE datname = current_database() AND wait_event_type = 'Lock'") != "0";
  });
}

}  // namespace

TEST_CASE("a session that ends during its refresh gives no tokens") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  auto end = site.database.write();
  end.query({"test/end_sessions", "UPDATE sessions SET revoked_at = rotated_at"});
  http::Response response;
  std::thread client([&] { response = site.refresh(tokens); });
  const bool waits = wait_for_lock(site);
  end.commit();
  client.join();
  CHECK(waits);
  CHECK(response.status == 401);
}

TEST_CASE("a refresh that fails on its way leaves the client its token") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  site.fresh.execute("ALTER TABLE user_stats RENAME TO hidden");
  CHECK(site.refresh(tokens).status >= 500);
  site.fresh.execute("ALTER TABLE hidden RENAME TO user_stats");
  site.time += 1h;
  CHECK(site.refresh(tokens).status == 200);
  CHECK(site.scalar("SELECT count(*) FROM sessions WHERE revoked_at IS NULL") == "1");
}

TEST_CASE("with another pepper a repeated refresh gets no successor that leads nowhere") {
  AccountsFixture site;
  const auto tokens = site.sign_in("ada");
  REQUIRE(site.refresh(tokens).status == 200);
  site.fresh.execute(
      "UPDATE server_keys SET value = 'another pepper' WHERE name = 'refresh_pepper'");
  accounts::Options options;
  options.clock = [&site] { return site.time; };
  accounts::Sessions restarted(options, site.database, site.auth, site.users);
  try {
    restarted.refresh(support::text_in(tokens, "refresh_token"), {"Browser", ""});
    FAIL("was refreshed");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::unauthenticated);
  }
}

TEST_CASE("a sign-in under way does not outlive the end of all sessions") {
  const bool by_user = GENERATE(true, false);
  AccountsFixture site;
  const auto user = support::integer_in(support::member_in(site.sign_in("ada"), "user"), "id");
  auto sign_in = site.database.write();
  // As a sign-in does: it locks the user, opens a session and ends the oldest ones.
  sign_in.query({"test/lock_user", "SELECT 1 FROM users FOR NO KEY UPDATE"});
  sign_in.query({"test/open_session",
                 "INSERT INTO sessions (id, user_id, client, scopes, current_hash, expires_at) "
                 "SELECT gen_random_uuid(), user_id, client, scopes, current_hash, expires_at "
                 "FROM sessions"});
  std::string failure;
  std::thread ending([&] {
    try {
      if (by_user)
        site.accounts.sessions().end_all(user);
      else
        site.users.end_sign_ins(user, 1h);
    } catch (const Error& error) {
      failure = error.what();
    }
  });
  const bool waits = wait_for_lock(site);
  sign_in.query({"test/end_oldest", "UPDATE sessions SET address = 'changed'"});
  sign_in.commit();
  ending.join();
  CHECK(failure == "");
  CHECK(waits);
  CHECK(site.scalar("SELECT count(*) FROM sessions WHERE revoked_at IS NULL") == "0");
}
