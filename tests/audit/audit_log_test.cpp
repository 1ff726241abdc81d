// The audit log over a database.
#include "audit/audit_log.hpp"

#include "http/pagination.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"
#include "users/users.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

struct AuditLogFixture {
  static store::Options database_options(Secret<std::string> url) {
    auto made = support::long_timeouts();
    made.url = std::move(url);
    return made;
  }
  void add(const audit::Actor& actor, const audit::Entry& entry) {
    auto tx = database.write();
    audit::append(tx, actor, entry);
    tx.commit();
  }
  std::vector<audit::LoggedEntry> list(const audit::Filter& filter = {}, int limit = 100) {
    return audit::list_entries(database, filter, http::page_start, limit);
  }
  // One entry for each day before today.
  void add_days(int days) const {
    fresh.execute(
        "INSERT INTO audit_log (at, actor_name, action, object) SELECT now() - d * interval '1 "
        "day', 'ada', 'user.role', 'user:' || d FROM generate_series(1, " +
        std::to_string(days) + ") d");
  }
  std::string count() const { return fresh.execute("SELECT count(*) FROM audit_log"); }

  support::FreshDatabase fresh;
  store::Database database{database_options(fresh.url())};
  users::Users users{database};
};

const audit::Actor shell{std::nullopt, "ada (shell)", ""};

}  // namespace

TEST_CASE("an entry is read as it was written") {
  AuditLogFixture log;
  const auto ada = log.users.create({"ada"}).id;
  log.add({ada, std::nullopt, "r-1"}, {"user.role", "user:7", R"({"role": "user"})", std::nullopt});
  const auto entries = log.list();
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].actor.user == ada);
  CHECK(entries[0].actor.name == "ada");
  CHECK(entries[0].actor.request_id == "r-1");
  CHECK(entries[0].entry.action == "user.role");
  CHECK(entries[0].entry.object == "user:7");
  CHECK(entries[0].entry.before == R"({"role": "user"})");
  CHECK_FALSE(entries[0].entry.after);
}

TEST_CASE("an entry without its commit is not there") {
  AuditLogFixture log;
  {
    auto tx = log.database.write();
    audit::append(tx, shell, {"user.role", "user:7", {}, {}});
  }
  CHECK(log.list().empty());
}

TEST_CASE("an actor is found by the handle, now and then, and by id") {
  AuditLogFixture log;
  const auto ada = log.users.create({"ada"}).id;
  log.add({ada, std::nullopt, ""}, {"page.create", "page:1", {}, {}});
  log.fresh.execute("UPDATE users SET handle = 'countess' RETURNING id");
  log.add({ada, std::nullopt, ""}, {"page.update", "page:1", {}, {}});
  log.add(shell, {"key.rotate", "key:k", {}, {}});
  CHECK(log.list({.actor = "countess"}).size() == 2);
  CHECK(log.list({.actor = "ada"}).size() == 1);
  CHECK(log.list({.actor = std::to_string(ada)}).size() == 2);
  CHECK(log.list({.actor = "ada (shell)"}).at(0).entry.action == "key.rotate");
}

TEST_CASE("entries are filtered by action, object and age, and come with the newest first") {
  AuditLogFixture log;
  log.add_days(10);
  log.add(shell, {"user.suspend", "user:3", {}, {}});
  CHECK(log.list().size() == 11);
  CHECK(log.list({}, 1).at(0).entry.action == "user.suspend");
  CHECK(log.list({.action = "user"}).size() == 11);
  CHECK(log.list({.action = "user.suspend"}).size() == 1);
  CHECK(log.list({.action = "use"}).empty());
  CHECK(log.list({.object = "user:3"}).size() == 2);
  CHECK(log.list({.object = "user:3", .max_age = 60h}).size() == 1);
  CHECK(log.list({.max_age = 60h}).size() == 3);
}

TEST_CASE("entries older than the retention are deleted, however many") {
  AuditLogFixture log;
  log.add_days(2500);
  CHECK(audit::prune_entries(log.database, 90 * 24h + 12h, now()) == 2410);
  CHECK(log.count() == "90");
  CHECK(audit::prune_entries(log.database, 90 * 24h + 12h, now()) == 0);
}

TEST_CASE("the application's role cannot change entries") {
  AuditLogFixture log;
  log.add(shell, {"user.role", "user:7", {}, {}});
  CHECK(log.fresh.execute("SELECT has_table_privilege('feedctl_app', 'audit_log', 'UPDATE')") ==
        "f");
}
