// PATCH /api/v1/admin/users/{id}, and the audit entries of the actions on accounts.
#include "admin_fixture.hpp"

using namespace feedctl;
using support::text_in;
using test::AdminFixture;
using users::Role;

namespace {

std::string path_of(Id user) {
  return "users/" + std::to_string(user);
}

std::string object_of(Id user) {
  return "user:" + std::to_string(user);
}

}  // namespace

TEST_CASE("an admin gives another user a role, and the audit log says so") {
  AdminFixture site;
  const auto ada = site.add("ada");
  const auto response = site.patch(path_of(ada), R"({"role":"editor"})");
  CHECK(response.status == 200);
  CHECK(text_in(response, "role") == "editor");
  CHECK(site.users.get(ada).role == Role::editor);
  CHECK(site.entries() == "root user.role " + object_of(ada));
  CHECK(site.sql("SELECT (before ->> 'role') || ' ' || (after ->> 'role') FROM audit_log") ==
        "user editor");
  // Nothing changes, so there is no further entry.
  CHECK(site.patch(path_of(ada), R"({"role":"editor"})").status == 200);
  CHECK(site.entries() == "root user.role " + object_of(ada));
}

TEST_CASE("wrong roles and unknown users are refused") {
  AdminFixture site;
  const auto ada = site.add("ada");
  CHECK(site.patch(path_of(ada), R"({"role":"owner"})").status == 400);
  CHECK(site.patch(path_of(ada), "{}").status == 400);
  CHECK(site.patch(path_of(ada), R"({"role":1})").status == 400);
  CHECK(site.patch("users/4711", R"({"role":"editor"})").status == 404);
  CHECK(site.entries().empty());
}

TEST_CASE("an admin cannot change their own role") {
  AdminFixture site;
  site.add("ada", Role::admin);
  for (const auto* role : {"user", "admin"}) {
    CHECK(site.patch(path_of(site.root), std::string(R"({"role":")") + role + "\"}").status == 400);
  }
  CHECK(site.users.get(site.root).role == Role::admin);
}

TEST_CASE("the tokens of who loses a role are refused at once, and sessions stay") {
  AdminFixture site;
  const auto ada = site.add("ada", Role::admin);
  site.add_session(ada);
  const auto token = site.token_of(ada);
  CHECK(site.server.get("/api/v1/admin/users", token).status == 200);
  CHECK(site.patch(path_of(ada), R"({"role":"user"})").status == 200);
  CHECK(site.server.get("/api/v1/admin/users", token).status == 401);
  CHECK(site.server.get("/api/v1/admin/users", site.token_of(ada)).status == 403);
  CHECK(site.sql("SELECT count(*) FROM sessions WHERE revoked_at IS NULL") == "1");
  CHECK(site.sql("SELECT count(*) FROM revocations") == "1");
}

TEST_CASE("the tokens of who gets a role stay valid") {
  AdminFixture site;
  const auto ada = site.add("ada");
  const auto token = site.token_of(ada);
  CHECK(site.patch(path_of(ada), R"({"role":"admin"})").status == 200);
  CHECK(site.server.patch("/v1/users/" + std::to_string(ada), R"({"name":"A"})", token).status ==
        200);
}

TEST_CASE("a role change with a key happens once") {
  AdminFixture site;
  const auto ada = site.add("ada");
  auto headers = site.as_root;
  headers.emplace_back("idempotency-key", "k");
  const auto target = "/api/v1/admin/" + path_of(ada);
  const auto change = [&] { return site.server.patch(target, R"({"role":"editor"})", headers); };
  CHECK(change().status == 200);
  site.users.set_role(ada, Role::user);
  const auto again = change();
  CHECK(again.status == 200);
  CHECK(text_in(again, "role") == "user");  // the account as it is now
  CHECK(site.entries() == "root user.role " + object_of(ada));
}

TEST_CASE("existing actions of admins on accounts are in the audit log") {
  AdminFixture site;
  const auto made = site.server.post("/v1/users", R"({"handle":"ada"})", site.as_root);
  REQUIRE(made.status == 201);
  const auto ada = support::integer_in(made, "id");
  const auto path = "/v1/users/" + std::to_string(ada);
  CHECK(site.server.post(path + "/suspend", R"({"reason":"spam"})", site.as_root).status == 200);
  CHECK(site.server.post(path + "/suspend", "{}", site.as_root).status == 200);
  CHECK(site.server.post(path + "/reinstate", "{}", site.as_root).status == 200);
  CHECK(site.server.post(path + "/reinstate", "{}", site.as_root).status == 200);
  CHECK(site.server.del(path, site.as_root).status == 202);
  const auto object = object_of(ada);
  CHECK(site.entries() == "root user.create " + object + ", root user.suspend " + object +
                              ", root user.reinstate " + object + ", root user.delete " + object);
  CHECK(site.sql("SELECT after ->> 'reason' FROM audit_log WHERE action = 'user.suspend'") ==
        "spam");
}

TEST_CASE("what users do to their own accounts is not in the audit log") {
  AdminFixture site;
  const auto ada = site.add("ada"), bob = site.add("bob", Role::admin);
  CHECK(site.server.del("/v1/users/" + std::to_string(ada), site.token_of(ada)).status == 202);
  CHECK(site.server.del("/v1/users/" + std::to_string(bob), site.token_of(bob)).status == 202);
  CHECK(site.entries().empty());
}
