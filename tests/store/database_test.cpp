#include "store/database.hpp"

#include <atomic>
#include <csignal>
#include <thread>

#include "store/conninfo.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

constexpr store::Query one{"test/one", "SELECT $1::bigint, $2::text, $3::boolean, NULL::bigint"};
constexpr store::Query array{"test/array",
                             "SELECT x, y FROM unnest($1::bigint[], $2::text[]) AS t(x, y)"};
constexpr store::Query slow{"test/slow", "SELECT pg_sleep(5)"};
constexpr store::Query pid{"test/pid", "SELECT pg_backend_pid()"};
constexpr store::Query add_user{"test/add_user",
                                "INSERT INTO users (handle, shard) VALUES ($1, 0) RETURNING id"};
constexpr store::Query count_users{"test/count_users", "SELECT count(*) FROM users"};
constexpr store::Query update_event{"test/update_event", "UPDATE events SET actor = 1"};
constexpr store::Query make_table{"test/make_table", "CREATE TABLE t (a int)"};
constexpr store::Query lock_user{"test/lock_user",
                                 "SELECT 1 FROM users WHERE handle = $1 FOR UPDATE"};

store::Options options_for(const support::FreshDatabase& fresh) {
  store::Options options;
  options.url = fresh.url();
  options.pool_size = 2;
  return options;
}

}  // namespace

TEST_CASE("values round-trip with their types") {
  support::FreshDatabase fresh;
  store::Database db(options_for(fresh));
  const auto rows = db.read(one, store::params(std::int64_t{-5}, "a 'quoted' \\ text", true));
  const auto row = rows.single_row();
  CHECK(row.integer(0) == -5);
  CHECK(row.text(1) == "a 'quoted' \\ text");
  CHECK(row.boolean(2));
  CHECK(row.is_null(3));
  CHECK_FALSE(row.maybe_integer(3).has_value());
  CHECK_THROWS_AS(row.integer(1), Error);
  CHECK_THROWS_AS(row.integer(9), Error);
  CHECK(db.read(one, store::params(std::nullopt, std::nullopt, std::nullopt))
            .single_row()
            .is_null(0));

  const auto pairs = db.read(array, store::params(std::vector<std::int64_t>{1, 2},
                                                  std::vector<std::string>{"x,\"y\"", "\\{}"}));
  CHECK(pairs.size() == 2);
  CHECK(pairs[0].text(1) == "x,\"y\"");
  CHECK(pairs[1].text(1) == "\\{}");
}

TEST_CASE("a transaction rolls back unless it is committed") {
  support::FreshDatabase fresh;
  store::Database db(options_for(fresh));
  {
    auto tx = db.write();
    tx.query(add_user, store::params("ana"));
  }
  CHECK(db.read(count_users).single_row().integer(0) == 0);
  auto tx = db.write();
  tx.query(add_user, store::params("ana"));
  tx.commit();
  CHECK(db.read(count_users).single_row().integer(0) == 1);
}

TEST_CASE("a dry run writes nothing, in whatever way it writes") {
  support::FreshDatabase fresh;
  auto options = options_for(fresh);
  options.dry_run = true;
  store::Database db(options);
  CHECK(db.execute(add_user, store::params("ana")).size() == 1);
  auto tx = db.write();
  tx.query(add_user, store::params("bo"));
  tx.commit();
  CHECK(db.read(count_users).single_row().integer(0) == 0);
}

TEST_CASE("a refused statement says why and leaves the connection usable") {
  support::FreshDatabase fresh;
  store::Database db(options_for(fresh));
  db.execute(add_user, store::params("ana"));
  try {
    db.execute(add_user, store::params("ana"));
    FAIL("a taken handle was accepted");
  } catch (const store::SqlError& e) {
    CHECK(e.sqlstate() == "23505");
    CHECK(e.constraint() == "users_handle_key");
    CHECK(e.code() == ErrorCode::conflict);
  }
  CHECK(db.read(count_users).single_row().integer(0) == 1);
}

TEST_CASE("the application's role can neither change the log nor the schema") {
  support::FreshDatabase fresh;
  store::Database db(options_for(fresh));
  const auto part = fresh.execute(
      "SELECT min(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'events'::regclass");
  const auto in_part = "UPDATE " + part + " SET actor = 1", from_part = "DELETE FROM " + part;
  const store::Query update_part{"test/update_part", in_part.c_str()},
      delete_part{"test/delete_part", from_part.c_str()};
  for (const auto& query : {update_event, make_table, update_part, delete_part}) {
    try {
      db.execute(query);
      FAIL("allowed: " << query.name);
    } catch (const store::SqlError& e) {
      CHECK(e.sqlstate() == "42501");
    }
  }
}

TEST_CASE("a slow statement is cancelled, and a lock wait is bounded") {
  support::FreshDatabase fresh;
  auto options = options_for(fresh);
  options.statement_timeout = 200ms;
  options.lock_timeout = 50ms;
  store::Database db(options);
  try {
    db.read(slow);
    FAIL("not ended");
  } catch (const store::SqlError& e) {
    CHECK(e.code() == ErrorCode::unavailable);
    CHECK(e.sqlstate() == "57014");
  }
  db.execute(add_user, store::params("ana"));
  auto holder = db.write();
  holder.query(lock_user, store::params("ana"));
  auto other = db.write();
  try {
    other.query(lock_user, store::params("ana"));
    FAIL("not ended");
  } catch (const store::SqlError& e) {
    CHECK(e.sqlstate() == "55P03");
    CHECK(e.retry_after().has_value());
  }
}

TEST_CASE("the pool lends at most its size and a wait for a connection is bounded") {
  support::FreshDatabase fresh;
  auto options = options_for(fresh);
  options.pool_wait = 100ms;
  store::Database db(options);
  auto a = db.snapshot();
  auto b = db.snapshot();
  CHECK(db.usage().busy == 2);
  CHECK_THROWS_AS(db.ping(), Error);
  { auto gone = std::move(b); }
  CHECK_NOTHROW(db.ping());
}

TEST_CASE("many threads share few connections") {
  support::FreshDatabase fresh;
  auto options = options_for(fresh);
  options.pool_wait = 10s;
  store::Database db(options);
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j)
        answered += db.read(one, store::params(j, "x", false)).single_row().integer(0) == j;
    });
  }
  for (auto& t : threads) t.join();
  CHECK(answered == 800);
  CHECK(db.usage().open <= 2);
}

TEST_CASE("a connection closed by the server is detected before it is used") {
  support::FreshDatabase fresh;
  store::Database db(options_for(fresh));
  const auto before = db.read(pid).single_row().integer(0);
  fresh.execute("SELECT pg_terminate_backend(" + std::to_string(before) + ")");
  std::this_thread::sleep_for(100ms);
  // A write is never run twice, so it must not meet the dead connection at all.
  CHECK_NOTHROW(db.execute(add_user, store::params("ana")));
  CHECK(db.read(pid).single_row().integer(0) != before);
}

TEST_CASE("statements prepared before a schema change are prepared again on every connection") {
  support::FreshDatabase fresh;
  fresh.execute("CREATE TABLE things (name text)");
  fresh.execute("GRANT ALL ON things TO feedctl_app");
  fresh.execute("INSERT INTO things VALUES ('a')");
  constexpr store::Query names{"test/names", "SELECT name FROM things"};
  constexpr store::Query add{"test/add", "INSERT INTO things VALUES ('b') RETURNING name"};
  store::Database db(options_for(fresh));
  const auto on_both = [&](auto work) {
    auto other = db.snapshot();
    work();
    other.query(names);
  };
  on_both([&] { db.read(names); });
  on_both([&] { db.execute(add); });
  fresh.execute("ALTER TABLE things ALTER COLUMN name TYPE varchar(20)");
  CHECK(db.read(names).size() == 2);
  CHECK(db.execute(add).size() == 1);
  auto transaction = db.snapshot();
  CHECK(transaction.query(names).size() == 3);
}

TEST_CASE("a statement in a transaction that meets a changed schema fails once and may be tried") {
  support::FreshDatabase fresh;
  fresh.execute("CREATE TABLE things (name text)");
  fresh.execute("GRANT ALL ON things TO feedctl_app");
  constexpr store::Query names{"test/names", "SELECT name FROM things"};
  store::Database db(options_for(fresh));
  db.read(names);
  fresh.execute("ALTER TABLE things ALTER COLUMN name TYPE varchar(20)");
  try {
    db.snapshot().query(names);
    FAIL("the plan was good");
  } catch (const store::SqlError& error) {
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.is_transient());
  }
  CHECK_NOTHROW(db.snapshot().query(names));
}

TEST_CASE("an unreachable server is reported soon, with its own error code") {
  store::Options options;
  options.url = Secret<std::string>{"postgresql://nobody@127.0.0.1:1/none"};
  store::Database db(options);
  try {
    db.ping();
    FAIL("reached");
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::unavailable);
    CHECK(std::string(e.what()) == "the database cannot be reached");
  }
}

TEST_CASE("COPY writes rows with every byte value") {
  support::FreshDatabase fresh;
  store::Options options;
  options.url = fresh.owner_url();
  store::Database db(options);
  constexpr store::Query stage{"test/stage", "CREATE TABLE staged (n bigint, t text)"};
  constexpr store::Query read{"test/staged", "SELECT n, t FROM staged ORDER BY n"};
  db.execute(stage);
  const std::vector<std::optional<std::string>> texts{"tab\there", "line\nbreak", "back\\slash \\N",
                                                      std::nullopt, ""};
  auto tx = db.write();
  std::size_t i = 0;
  const auto rows = tx.copy("staged", {"n", "t"}, [&](store::WriteTx::Fields& row) {
    if (i == texts.size()) return false;
    row = {std::to_string(i), texts[i]};
    ++i;
    return true;
  });
  tx.commit();
  CHECK(rows == texts.size());
  const auto back = db.read(read);
  for (std::size_t n = 0; n < texts.size(); ++n) CHECK(back[n].maybe_text(1) == texts[n]);
}

TEST_CASE("an error about a malformed URL does not contain its password") {
  try {
    store::parse_conninfo(Secret<std::string>{"postgresql://app:topsecret@[bad"});
    FAIL("accepted");
  } catch (const Error& e) {
    CHECK(std::string(e.what()).find("topsecret") == std::string::npos);
    CHECK(e.code() == ErrorCode::config);
  }
}

TEST_CASE("a deadlocked transaction is retried") {
  support::FreshDatabase fresh;
  auto options = options_for(fresh);
  options.lock_timeout = 5s;
  options.statement_timeout = 10s;
  store::Database db(options);
  db.execute(add_user, store::params("ana"));
  db.execute(add_user, store::params("bo"));
  // Each locks both users, in opposite orders, with a pause between.
  constexpr store::Query forth{
      "test/forth",
      "WITH a AS MATERIALIZED (SELECT id FROM users WHERE handle = 'ana' FOR UPDATE),"
      " s AS MATERIALIZED (SELECT pg_sleep(0.3), id FROM a), b AS MATERIALIZED (SELECT u.id FROM "
      "users u, s WHERE handle = 'bo' FOR UPDATE OF u)"
      " SELECT count(*) FROM b"};
  constexpr store::Query back{
      "test/back",
      "WITH a AS MATERIALIZED (SELECT id FROM users WHERE handle = 'bo' FOR UPDATE),"
      " s AS MATERIALIZED (SELECT pg_sleep(0.3), id FROM a), b AS MATERIALIZED (SELECT u.id FROM "
      "users u, s WHERE handle = 'ana' FOR UPDATE OF u)"
      " SELECT count(*) FROM b"};
  std::int64_t a = 0, b = 0;
  std::thread other([&] { b = db.execute(back).single_row().integer(0); });
  a = db.execute(forth).single_row().integer(0);
  other.join();
  CHECK(a == 1);
  CHECK(b == 1);
}

TEST_CASE(
    "a frozen server is abandoned one second after the statement time-out, and used again once it "
    "resumes") {
  support::FreshDatabase fresh;
  auto options = options_for(fresh);
  options.statement_timeout = 1000ms;  // enough for a busy machine's statements
  store::Database db(options);
  const auto backend = static_cast<pid_t>(db.read(pid).single_row().integer(0));
  REQUIRE(::kill(backend, SIGSTOP) == 0);
  const auto start = std::chrono::steady_clock::now();
  CHECK_THROWS_AS(db.execute(add_user, store::params("ana")), Error);
  CHECK(std::chrono::steady_clock::now() - start < 30s);
  ::kill(backend, SIGCONT);
  CHECK(db.read(count_users).size() == 1);
}

TEST_CASE("long operations have their own time-out, also for the socket deadline") {
  support::FreshDatabase fresh;
  auto options = options_for(fresh);
  options.statement_timeout = 200ms;
  store::Database db(options);
  constexpr store::Query nap{"test/nap", "SELECT pg_sleep(1.6)"};
  auto tx = db.write(10s);
  CHECK_NOTHROW(tx.query(nap));
  tx.commit();
  CHECK_THROWS_AS(db.read(slow), Error);
}

TEST_CASE("a database without the schema is unavailable, and the error names the command to run") {
  support::FreshDatabase fresh(support::FreshDatabase::Schema::empty);
  store::Options options;
  options.url = fresh.owner_url();
  store::Database db(options);
  try {
    db.read(count_users);
    FAIL("there is a table");
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::unavailable);
    CHECK(e.hint() == "run feedctl migrate up");
  }
}

TEST_CASE("a connection made while the database was read-only is not kept") {
  support::FreshDatabase fresh;
  const auto set = [&](const std::string& what) {
    fresh.execute("BEGIN READ WRITE; ALTER DATABASE " + fresh.name() + " " + what + "; COMMIT");
  };
  set("SET default_transaction_read_only = on");
  auto options = options_for(fresh);
  options.pool_size = 1;
  store::Database db(options);
  store::Session session(options);
  const auto writes = [&] {
    try {
      db.execute(add_user, store::params("ana"));
      return std::string();
    } catch (const store::SqlError& error) {
      CHECK(error.code() == ErrorCode::unavailable);
      return error.sqlstate();
    }
  };
  CHECK(writes() == "25006");
  CHECK_THROWS_AS(session.run(add_user, store::params("bo")), store::SqlError);
  CHECK(db.read(count_users).single_row().integer(0) == 0);
  set("RESET default_transaction_read_only");
  const auto deadline = Deadline::after(60s);
  while (!writes().empty()) {
    REQUIRE_FALSE(deadline.is_expired());
    std::this_thread::sleep_for(20ms);
  }
  CHECK(db.read(count_users).single_row().integer(0) == 1);
  while (session.is_usable()) REQUIRE_FALSE(deadline.is_expired());
}
