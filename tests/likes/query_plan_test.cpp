// Likes and follows ask whether anybody is suspended by the small index of suspended accounts,
// whatever the planner's statistics say: without any it takes the condition for true of most users.
#include <string>

#include "sql/follows.hpp"
#include "sql/likes.hpp"
#include "support/app/app.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using test::App;

namespace {

std::string plan_of(const App& app, const store::Query& query, const std::string& mode) {
  // EXPLAIN as JSON returns the plan as one row.
  app.sql(
      "CREATE OR REPLACE FUNCTION explain_command() RETURNS text LANGUAGE plpgsql SET "
      "plan_cache_mode = " +
      mode +
      " AS $f$ DECLARE plan json; BEGIN EXECUTE 'EXPLAIN (FORMAT JSON) EXECUTE command("
      "ARRAY[1, 2]::bigint[], ARRAY[3, 4]::bigint[], NULL, NULL)' INTO plan; "
      "RETURN plan::text; END $f$");
  return app.sql("PREPARE command AS " + std::string(query.text) + "; SELECT explain_command()");
}

std::size_t count_of(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

void check_plans(const App& app) {
  for (const auto& query :
       {sql::likes::like, sql::likes::unlike, sql::follows::follow, sql::follows::unfollow}) {
    for (const auto* mode : {"force_custom_plan", "force_generic_plan"}) {
      const auto plan = plan_of(app, query, mode);
      INFO(query.name << ", " << mode << ": " << plan);
      // Whether anybody is, and who of the actors.
      CHECK(count_of(plan, "users_suspended_idx") >= 2);
      CHECK(count_of(plan, "users_hidden_idx") == 0);
    }
  }
}

}  // namespace

TEST_CASE("likes and follows look for suspended users by their index, whatever is known of users") {
  App app;
  app.sql("ALTER TABLE users SET (autovacuum_enabled = off)");
  app.sql(
      "INSERT INTO users (id, handle, shard) SELECT i, 'u' || i, 0 FROM generate_series(1, 5000) "
      "i");
  check_plans(app);
  app.sql("ANALYZE users");
  check_plans(app);
  app.sql("UPDATE users SET deleted_at = now() WHERE id % 2 = 0");
  app.sql("ANALYZE users");
  check_plans(app);
}
