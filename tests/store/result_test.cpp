#include "store/result.hpp"

#include <optional>

#include "store/database.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"

using namespace feedctl;

namespace {

constexpr store::Query rows_of_all_kinds{
    "test/rows",
    "SELECT n, CASE WHEN n % 2 = 0 THEN NULL WHEN n % 3 = 0 THEN '' ELSE repeat('x', n) END, -n "
    "FROM generate_series(0, $1::integer - 1) n"};
constexpr store::Query nothing{"test/nothing", "SET statement_timeout = '5s'"};

store::Options options_for(const support::FreshDatabase& fresh) {
  auto options = support::long_timeouts();
  options.url = fresh.url();
  return options;
}

}  // namespace

TEST_CASE("every field of many rows is its own, null or not, also in a copy that outlives all") {
  support::FreshDatabase fresh;
  std::optional<store::Result> kept;
  {
    store::Database database(options_for(fresh));
    const auto rows = database.read(rows_of_all_kinds, store::params(300));
    kept = rows;
  }
  REQUIRE(kept->size() == 300);
  std::size_t n = 0, right = 0;
  for (const auto row : *kept) {
    const auto number = static_cast<std::int64_t>(n);
    const bool numbers = row.integer(0) == number && row.integer(2) == -number;
    const bool text = n % 2 == 0 ? row.is_null(1) && !row.maybe_text(1)
                                 : row.text(1) == std::string(n % 3 == 0 ? 0 : n, 'x');
    right += numbers && text;
    ++n;
  }
  CHECK(right == 300);
}

TEST_CASE("a missing column or row is an error, never a neighbouring field") {
  support::FreshDatabase fresh;
  store::Database database(options_for(fresh));
  const auto rows = database.read(rows_of_all_kinds, store::params(2));
  CHECK_THROWS_AS(rows[0].integer(3), Error);
  CHECK_THROWS_AS(rows[0].is_null(3), Error);
  CHECK_THROWS_AS(rows[0].integer(-1), Error);
  CHECK_THROWS_AS(rows[2].integer(0), Error);
  CHECK_THROWS_AS(rows[0].text(1), Error);  // null
}

TEST_CASE("a statement without rows gives none") {
  support::FreshDatabase fresh;
  store::Session session(options_for(fresh));
  CHECK(session.run(nothing).empty());
  CHECK(session.run(rows_of_all_kinds, store::params(0)).empty());
  CHECK_THROWS_AS(session.run(nothing).single_row(), Error);
}
