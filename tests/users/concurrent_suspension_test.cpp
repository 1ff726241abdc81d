// Commands that wait for the suspension of their account, and the order of locks.
#include <future>

#include "base/error.hpp"
#include "sql/users.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/eventually.hpp"
#include "support/fresh_database.hpp"
#include "support/suspension.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

store::Options patient_options(Secret<std::string> url) {
  auto made = support::long_timeouts();
  made.url = std::move(url);
  return made;
}

struct ConcurrentSuspensionFixture {
  Id add(const std::string& handle) { return users.create({handle}).id; }
  std::string sql(const std::string& text) const { return fresh.execute(text); }
  bool somebody_waits_for_a_lock() const {
    return support::eventually([&] {
      return sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                 "AND wait_event_type = 'Lock'") != "0";
    });
  }
  // Nothing of it is committed yet.
  store::WriteTx begin_suspension(Id user) {
    auto transaction = database.write();
    transaction.query(sql::users::suspend,
                      store::params(user, std::nullopt, std::nullopt, std::nullopt, std::nullopt));
    return transaction;
  }

  support::FreshDatabase fresh;
  store::Database database{patient_options(fresh.url())};
  users::Users users{database};
};

// Renames the account, or deletes it, with the same key each time. False: it is suspended.
bool run_command(users::Users& users, Id user, bool rename) {
  commands::Command command;
  command.key = commands::IdempotencyKey{user, std::string(32, 'k'), "fp"};
  try {
    if (rename)
      users.change(user, {"Ada", std::nullopt}, command);
    else
      users.delete_account(user, command);
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::permission_denied) throw;
    return false;
  }
}

}  // namespace

TEST_CASE("a command that waits for the suspension of its account uses up no key") {
  ConcurrentSuspensionFixture world;
  const bool rename = GENERATE(true, false);
  const auto ada = world.add("ada");
  auto suspension = world.begin_suspension(ada);
  auto waiting =
      std::async(std::launch::async, [&] { return run_command(world.users, ada, rename); });
  CHECK(world.somebody_waits_for_a_lock());
  suspension.commit();
  CHECK_FALSE(waiting.get());
  CHECK(world.sql("SELECT count(*) FROM idempotency_keys") == "0");
  support::reinstate(world.database, ada);
  CHECK(run_command(world.users, ada, rename));
}

TEST_CASE("whoever ends all sessions of a user locks the user first") {
  ConcurrentSuspensionFixture world;
  const auto ada = world.add("ada");
  world.sql(
      "INSERT INTO sessions (id, user_id, client, scopes, current_hash, expires_at) VALUES "
      "(gen_random_uuid(), " +
      std::to_string(ada) + ", 'test', '{read}', sha256('x'), now() + interval '1 day')");
  auto suspension = world.begin_suspension(ada);
  auto waiting =
      std::async(std::launch::async, [&] { return world.users.end_sign_ins(ada, 600s).sessions; });
  CHECK(world.somebody_waits_for_a_lock());
  // In the other order this is a deadlock.
  CHECK(suspension.query(sql::users::end_sessions, store::params(ada, "suspended"))
            .single_row()
            .integer(0) == 1);
  suspension.commit();
  CHECK(waiting.get() == 0);
}
