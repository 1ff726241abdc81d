// The entries of one actor are read by index, whatever the planner's statistics say of actors.
#include <string>

#include "sql/audit.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/json.hpp"

using namespace feedctl;

namespace {

// Two actors make nearly all entries; u3 has made three, long ago.
constexpr const char* fill_log = R"(
  INSERT INTO users (id, handle, shard, role)
    SELECT i, 'u' || i, 0, 'admin' FROM generate_series(1, 3) i;
  INSERT INTO audit_log (actor, actor_name, action, object)
    SELECT who, 'u' || who, 'user.role', 'user:7'
    FROM generate_series(1, 20000) i, LATERAL (SELECT CASE WHEN i IN (5, 6, 7) THEN 3
                                                           ELSE 1 + i % 2 END AS who) w;
)";

// For the handle and the id of user `user`, as a page of fifty asks for it.
json::Value plan_of(const support::FreshDatabase& database, int user, const std::string& mode) {
  const auto id = std::to_string(user);
  // EXPLAIN as JSON returns the plan as one row.
  database.execute(
      "CREATE OR REPLACE FUNCTION explain_list() RETURNS text LANGUAGE plpgsql SET "
      "plan_cache_mode = " +
      mode +
      " AS $f$ DECLARE plan json; BEGIN EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE "
      "list(9223372036854775807, NULL, NULL, NULL, 51, ''u" +
      id + "'', " + id + ")' INTO plan; RETURN plan::text; END $f$");
  return json::parse(database.execute("PREPARE list AS " +
                                      std::string(sql::audit::list_of_actor.text) +
                                      "; SELECT explain_list()"));
}

// How many entries the plan looks at, with those that it drops.
std::int64_t entries_read(const json::Value& node) {
  std::int64_t read = 0;
  if (node.find("Relation Name") && support::text_in(node, "Relation Name") == "audit_log") {
    read = support::integer_in(node, "Actual Rows");
    if (node.find("Rows Removed by Filter"))
      read += support::integer_in(node, "Rows Removed by Filter");
    read *= support::integer_in(node, "Actual Loops");
  }
  if (node.find("Plans") == nullptr) return read;
  for (const auto& child : support::list_in(node, "Plans")) read += entries_read(child);
  return read;
}

void check_entries_read(const support::FreshDatabase& database, int user, std::int64_t most) {
  for (const auto* mode : {"force_custom_plan", "force_generic_plan"}) {
    const auto document = plan_of(database, user, mode);
    const auto& root = support::member_in(support::items_of(document).at(0), "Plan");
    INFO(mode << ", user " << user);
    CHECK(entries_read(root) <= most);
  }
}

}  // namespace

TEST_CASE("a page of one actor's entries reads no entries of others, and few more than it has") {
  const support::FreshDatabase database;
  database.execute("ALTER TABLE audit_log SET (autovacuum_enabled = off)");
  database.execute(fill_log);
  // By the name, by the id and by the handle, then each of them.
  constexpr std::int64_t of_rare_actor = 4 * 3, of_page = 4 * 51;
  check_entries_read(database, 3, of_rare_actor);
  database.execute("ANALYZE");
  check_entries_read(database, 3, of_rare_actor);
  check_entries_read(database, 1, of_page);
}
