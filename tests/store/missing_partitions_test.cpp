// A view of a post that finds no partition for its day has one created, as events do.
#include "store/missing_partitions.hpp"

#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

constexpr store::Query put_view{
    "test/put_view",
    "INSERT INTO post_view_seen VALUES (1, $1::bigint, (now() AT TIME ZONE 'UTC')::date)"};

void drop_all_partitions(const support::FreshDatabase& fresh) {
  fresh.execute(
      "DO $$ DECLARE name text; BEGIN FOR name IN SELECT part FROM feedctl_view_parts() LOOP"
      " EXECUTE format('DROP TABLE %I', name); END LOOP; END $$");
  // Earlier days are folded, so nobody makes their partitions.
  fresh.execute("UPDATE view_fold SET upto = (now() AT TIME ZONE 'UTC')::date - 2");
}

}  // namespace

TEST_CASE("a view without a partition gets one, in a single statement or in a transaction") {
  const support::FreshDatabase fresh;
  auto options = support::long_timeouts();
  options.url = fresh.url();
  store::Database database(options);
  drop_all_partitions(fresh);
  CHECK(database.execute(put_view, store::params(1)).affected() == 1);
  CHECK(fresh.execute("SELECT count(*) FROM feedctl_view_parts()") == "5");

  drop_all_partitions(fresh);
  {
    auto tx = database.write();
    CHECK_THROWS_AS(tx.query(put_view, store::params(2)), store::SqlError);
  }
  auto tx = database.write();
  CHECK(tx.query(put_view, store::params(2)).affected() == 1);
  tx.commit();

  drop_all_partitions(fresh);
  store::Session session(options);
  CHECK(session.run(put_view, store::params(3)).affected() == 1);
}
