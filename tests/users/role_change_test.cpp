// Role changes that run at the same time.
#include <algorithm>
#include <future>

#include "base/error.hpp"
#include "sql/users.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/eventually.hpp"
#include "support/fresh_database.hpp"
#include "users/users.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using users::Role;

namespace {

store::Options patient_options(Secret<std::string> url) {
  auto made = support::long_timeouts();
  made.url = std::move(url);
  return made;
}

struct RoleChangeFixture {
  Id add(const std::string& handle) { return users.create({handle, "", Role::admin}).id; }
  // "done", or the error's code.
  template <typename Work>
  std::string outcome_of(Work&& work) {
    try {
      work();
      return "done";
    } catch (const Error& error) {
      return error.code() == ErrorCode::conflict ? "conflict" : error.what();
    }
  }
  std::string demote(Id user, Id by) {
    commands::Command command;
    return outcome_of([&] {
      users.change_role(user, Role::user, {.keeps_admin = true}, command,
                        audit::Actor{by, std::nullopt, ""});
    });
  }
  std::string suspend(Id user, Id by) {
    commands::Command command;
    return outcome_of([&] {
      users.suspend(user, std::nullopt, 600s, command, audit::Actor{by, std::nullopt, ""});
    });
  }
  std::string remove(Id user, Id by) {
    commands::Command command;
    return outcome_of([&] {
      users.delete_account(user, command, true, audit::Actor{by, std::nullopt, ""});
    });
  }
  // Runs both while each waits for the other's rows.
  template <typename First, typename Second>
  std::vector<std::string> run_together(First first, Second second) {
    auto gate = std::optional(database.write());
    gate->query(sql::users::lock_admins);
    auto one = std::async(std::launch::async, first), two = std::async(std::launch::async, second);
    CHECK(support::eventually([&] {
      return fresh.execute(
                 "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                 "AND wait_event_type = 'Lock'") == "2";
    }));
    gate.reset();
    return {one.get(), two.get()};
  }
  std::string admins() const {
    return fresh.execute(
        "SELECT count(*) FROM users WHERE role = 'admin' AND suspended_at IS NULL "
        "AND deleted_at IS NULL");
  }

  support::FreshDatabase fresh;
  store::Database database{patient_options(fresh.url())};
  users::Users users{database};
};

void check_one_is_refused(const std::vector<std::string>& outcomes) {
  CHECK(std::count(outcomes.begin(), outcomes.end(), "done") == 1);
  CHECK(std::count(outcomes.begin(), outcomes.end(), "conflict") == 1);
}

}  // namespace

TEST_CASE("of two admins who demote each other at the same time one stays") {
  RoleChangeFixture world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  check_one_is_refused(world.run_together([&] { return world.demote(ada, bob); },
                                          [&] { return world.demote(bob, ada); }));
  CHECK(world.admins() == "1");
  CHECK(world.fresh.execute("SELECT count(*) FROM audit_log") == "1");
}

TEST_CASE("of two admins who demote and suspend each other at the same time one stays") {
  RoleChangeFixture world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  check_one_is_refused(world.run_together([&] { return world.demote(ada, bob); },
                                          [&] { return world.suspend(bob, ada); }));
  CHECK(world.admins() == "1");
}

TEST_CASE("of two admins who delete each other at the same time one stays") {
  RoleChangeFixture world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  check_one_is_refused(world.run_together([&] { return world.remove(ada, bob); },
                                          [&] { return world.remove(bob, ada); }));
  CHECK(world.admins() == "1");
  CHECK(world.fresh.execute("SELECT count(*) FROM audit_log") == "1");
}

TEST_CASE("of two admins who delete and demote each other at the same time one stays") {
  RoleChangeFixture world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  check_one_is_refused(world.run_together([&] { return world.remove(ada, bob); },
                                          [&] { return world.demote(bob, ada); }));
  CHECK(world.admins() == "1");
}

TEST_CASE("the last admin stays, and a suspended one does not count") {
  RoleChangeFixture world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  CHECK(world.suspend(bob, ada) == "done");
  CHECK(world.demote(ada, bob) == "conflict");
  CHECK(world.suspend(ada, bob) == "conflict");
  CHECK(world.demote(bob, ada) == "done");
  CHECK(world.admins() == "1");
}

TEST_CASE("a command of the shell may demote the last admin") {
  RoleChangeFixture world;
  const auto ada = world.add("ada");
  commands::Command command;
  const auto change =
      world.users.change_role(ada, Role::editor, {}, command, audit::Actor{{}, "ada (shell)", ""});
  CHECK(change.user.role == Role::editor);
  CHECK(change.token_version == 1);
  CHECK(world.admins() == "0");
}
