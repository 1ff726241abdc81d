// The meaning of an error does not depend on the language of its message.
#include "store/database.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/german_postgres.hpp"

using namespace feedctl;

namespace {

constexpr store::Query add_user{"test/add_user",
                                "INSERT INTO users (handle, shard) VALUES ($1, 0) RETURNING id"};

// An error as a German server tells it: the fields are those of any other.
void make_german_error(const support::FreshDatabase& fresh) {
  fresh.execute(
      "CREATE FUNCTION in_german() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
      "'doppelter Schlüsselwert verletzt Unique-Constraint »users_pkey«' USING ERRCODE = '23505', "
      "CONSTRAINT = 'users_handle_key'; END $$");
}

}  // namespace

TEST_CASE("a constraint is identified by the error's field, not by its message") {
  support::FreshDatabase fresh;
  make_german_error(fresh);
  store::Options options;
  options.url = fresh.url();
  store::Database db(options);
  constexpr store::Query query{"test/german", "SELECT in_german()"};
  try {
    db.read(query);
    FAIL("no error");
  } catch (const store::SqlError& error) {
    CHECK(error.sqlstate() == "23505");
    CHECK(error.constraint() == "users_handle_key");
  }
}

TEST_CASE("dates and numbers have one form, whatever the database is set to") {
  support::FreshDatabase fresh;
  for (const auto* setting : {"datestyle = 'German'", "extra_float_digits = -10"})
    fresh.execute("ALTER DATABASE " + fresh.name() + " SET " + setting);
  store::Options options;
  options.url = fresh.url();
  store::Database db(options);
  constexpr store::Query query{"test/forms", "SELECT '2026-11-30'::date::text, 0.1::float8 + 0.2"};
  const auto rows = db.read(query);
  CHECK(rows.single_row().text(0) == "2026-11-30");
  CHECK(rows.single_row().text(1) == "0.30000000000000004");
}

TEST_CASE("error messages in German are classified correctly") {
  const support::GermanPostgres server;
  if (!server.has_german_messages()) return;
  store::Options options;
  options.url = Secret<std::string>(server.url());
  store::Database db(options);
  db.execute(add_user, store::params("ana"));
  try {
    db.execute(add_user, store::params("ana"));
    FAIL("a taken handle was accepted");
  } catch (const store::SqlError& error) {
    CHECK(error.detail().find("doppelter") != std::string::npos);
    CHECK(error.constraint() == "users_handle_key");
    CHECK(error.code() == ErrorCode::conflict);
  }
}
