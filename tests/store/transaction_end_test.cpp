// However a transaction ends, it does not affect the next one on the connection.
#include <stdexcept>
#include <thread>

#include "store/database.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

constexpr store::Query pid{"test/pid", "SELECT pg_backend_pid()"};
constexpr store::Query add_user{"test/add_user",
                                "INSERT INTO users (handle, shard) VALUES ($1, 0) RETURNING id"};
constexpr store::Query count_users{"test/count_users", "SELECT count(*) FROM users"};
constexpr store::Query broken{"test/broken", "SELECT 1 / $1::int"};

// Lends one connection, always the same while it is good.
store::Options one_connection(const support::FreshDatabase& fresh) {
  store::Options options;
  options.url = fresh.url();
  options.pool_size = 1;
  options.statement_timeout = 60s;
  return options;
}

// A trigger that runs at the COMMIT of whatever has added a user.
void at_commit(const support::FreshDatabase& fresh, const std::string& statement) {
  fresh.execute("CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " +
                statement +
                "; RETURN NULL; END $$; CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON users "
                "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit()");
}

// The SQLSTATE of a refused COMMIT.
std::string refused_commit(store::Database& db) {
  auto tx = db.write();
  tx.query(add_user, store::params("ana"));
  try {
    tx.commit();
  } catch (const store::SqlError& error) {
    return error.sqlstate();
  }
  return "";
}

void check_connection_usable(store::Database& db) {
  CHECK(db.usage().busy == 0);
  CHECK(db.read(count_users).single_row().integer(0) == 0);
  { CHECK(db.snapshot().query(count_users).single_row().integer(0) == 0); }
  auto tx = db.write();
  CHECK(tx.query(count_users).single_row().integer(0) == 0);
  tx.commit();
}

}  // namespace

TEST_CASE("after a COMMIT refused by the server the connection is reusable") {
  support::FreshDatabase fresh;
  store::Database db(one_connection(fresh));
  const auto before = db.read(pid).single_row().integer(0);
  for (const auto& state : {"40001", "P0001", "23514"}) {
    INFO(state);
    at_commit(fresh, "RAISE EXCEPTION 'no' USING ERRCODE = '" + std::string(state) + "'");
    CHECK(refused_commit(db) == state);
    check_connection_usable(db);
    fresh.execute("DROP TRIGGER at_commit ON users; DROP FUNCTION at_commit");
  }
  CHECK(db.read(pid).single_row().integer(0) == before);
}

TEST_CASE("after a COMMIT cancelled by an operator the connection is reusable") {
  support::FreshDatabase fresh;
  at_commit(fresh, "PERFORM pg_sleep(60)");
  store::Database db(one_connection(fresh));
  std::string state;
  std::thread commits([&] { state = refused_commit(db); });
  const auto cancelled = [&] {
    return fresh.execute(
               "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE query = 'COMMIT' "
               "AND wait_event = 'PgSleep' AND datname = current_database()") != "0";
  };
  CHECK(support::eventually(30s, cancelled));
  commits.join();
  CHECK(state == "57014");
  check_connection_usable(db);
}

TEST_CASE("after a COMMIT whose session was ended another connection is lent") {
  support::FreshDatabase fresh;
  at_commit(fresh, "PERFORM pg_terminate_backend(pg_backend_pid())");
  store::Database db(one_connection(fresh));
  const auto before = db.read(pid).single_row().integer(0);
  auto tx = db.write();
  tx.query(add_user, store::params("ana"));
  CHECK_THROWS_AS(tx.commit(), Error);
  { const auto gone = std::move(tx); }
  check_connection_usable(db);
  CHECK(db.read(pid).single_row().integer(0) != before);
}

TEST_CASE("a transaction that failed to begin leaves nothing to the next one") {
  support::FreshDatabase fresh;
  store::Database db(one_connection(fresh));
  // BEGIN is done then, and the setting behind it is refused.
  CHECK_THROWS_AS(db.write(std::chrono::hours{24 * 365}), store::SqlError);
  check_connection_usable(db);
}

TEST_CASE("an exception in the middle of a COPY is propagated, and leaves no rows behind") {
  support::FreshDatabase fresh;
  auto options = one_connection(fresh);
  options.url = fresh.owner_url();
  store::Database db(options);
  {
    auto tx = db.write();
    CHECK_THROWS_AS(tx.copy("users", {"handle", "shard"},
                            [rows = 0](store::WriteTx::Fields& row) mutable {
                              if (++rows == 3) throw std::length_error("a line is too long");
                              row = {"u" + std::to_string(rows), "0"};
                              return true;
                            }),
                    std::length_error);
  }
  check_connection_usable(db);
}

TEST_CASE("a transaction with a failed statement is not reported as committed") {
  support::FreshDatabase fresh;
  store::Database db(one_connection(fresh));
  {
    auto tx = db.write();
    tx.query(add_user, store::params("ana"));
    CHECK_THROWS_AS(tx.query(broken, store::params(0)), store::SqlError);
    CHECK_THROWS_AS(tx.commit(), Error);
  }
  check_connection_usable(db);
  // After a rollback to a savepoint the transaction is usable again.
  auto tx = db.write();
  tx.savepoint();
  CHECK_THROWS_AS(tx.query(broken, store::params(0)), store::SqlError);
  tx.rollback_to_savepoint();
  CHECK_NOTHROW(tx.commit());
}

TEST_CASE("a transaction's own time-out ends with it, however it ends") {
  support::FreshDatabase fresh;
  at_commit(fresh, "RAISE EXCEPTION 'no'");
  auto options = one_connection(fresh);
  options.statement_timeout = 100ms;
  store::Database db(options);
  {
    auto tx = db.write(60s);
    tx.query(add_user, store::params("ana"));
    CHECK_THROWS_AS(tx.commit(), store::SqlError);
  }
  constexpr store::Query slow{"test/slow", "SELECT pg_sleep(30)"};
  CHECK_THROWS_AS(db.read(slow), store::SqlError);
  check_connection_usable(db);
}

TEST_CASE("a statement that could not be prepared is prepared when it is next used") {
  support::FreshDatabase fresh;
  store::Database db(one_connection(fresh));
  constexpr store::Query late{"test/late", "SELECT a FROM late"};
  CHECK_THROWS_AS(db.read(late), store::SqlError);
  fresh.execute("CREATE TABLE late AS SELECT 7 AS a; GRANT SELECT ON late TO PUBLIC");
  CHECK(db.read(late).single_row().integer(0) == 7);
}
