// GET /api/v1/admin/users: search, filters, pages; one account with its sessions.
#include "admin_fixture.hpp"

using namespace feedctl;
using support::integer_in;
using support::text_in;
using support::text_or_null_in;
using test::AdminFixture;
using test::handles_in;
using users::Role;
using Handles = std::vector<std::string>;

namespace {

// The handles of all pages of `query`, of `limit` each.
Handles all_pages(AdminFixture& site, const std::string& query, int limit) {
  Handles all;
  std::string cursor;
  for (int page = 0; page < 50; ++page) {
    const auto response = site.get("users?limit=" + std::to_string(limit) + query +
                                   (cursor.empty() ? "" : "&cursor=" + cursor));
    INFO(response.body);
    REQUIRE(response.status == 200);
    for (auto& handle : handles_in(response)) all.push_back(handle);
    const auto next = text_or_null_in(response, "next_cursor");
    if (!next) return all;
    cursor = *next;
  }
  FAIL("the pages do not end");
  return all;
}

}  // namespace

TEST_CASE("the list of accounts shows the newest first, with all that an admin needs") {
  AdminFixture site;
  const auto ada = site.add("ada", Role::editor, "Ada Lovelace");
  const auto response = site.get("users");
  CHECK(response.status == 200);
  CHECK(handles_in(response) == Handles{"ada", "root"});
  const auto users = support::list_in(response, "users");
  CHECK(integer_in(users[0], "id") == ada);
  CHECK(text_in(users[0], "name") == "Ada Lovelace");
  CHECK(text_in(users[0], "role") == "editor");
  CHECK(integer_in(users[0], "followers") == 0);
  CHECK_FALSE(text_or_null_in(users[0], "suspended_at"));
  CHECK_FALSE(text_or_null_in(users[0], "last_seen_at"));
  CHECK_FALSE(text_or_null_in(response, "next_cursor"));
}

TEST_CASE("only admins reach the administration routes") {
  AdminFixture site;
  const auto ada = site.add("ada"), eve = site.add("eve", Role::editor);
  for (const auto* path : {"users", "dead-events", "keys", "audit"}) {
    INFO(path);
    const auto target = std::string("/api/v1/admin/") + path;
    CHECK(site.server.get(target).status == 401);
    CHECK(site.server.get(target, site.token_of(ada)).status == 403);
    CHECK(site.server.get(target, site.token_of(eve)).status == 403);
    auto response = site.get(path);
    CHECK(response.status == 200);
    CHECK(response.find_header("Cache-Control") == nullptr);  // the server adds no-store
  }
}

TEST_CASE("a search finds an id, beginnings of handles, and beginnings of names in any case") {
  AdminFixture site;
  const auto ada = site.add("ada", Role::user, "Zoe");
  site.add("adam");
  site.add("zed", Role::user, "Ada Lovelace");
  site.add("yan", Role::user, "Élodie");
  CHECK(handles_in(site.get("users?search=ada")) == Handles{"ada", "adam", "zed"});
  CHECK(handles_in(site.get("users?search=ADA L")) == Handles{"zed"});
  CHECK(handles_in(site.get("users?search=Élo")) == Handles{"yan"});
  CHECK(handles_in(site.get("users?search=love")).empty());
  CHECK(handles_in(site.get("users?search=" + std::to_string(ada))) == Handles{"ada"});
  // Neither is a pattern.
  CHECK(handles_in(site.get("users?search=a_a")).empty());
  CHECK(handles_in(site.get("users?search=%")).empty());
  CHECK(site.get("users?search=" + std::string(101, 'a')).status == 400);
  CHECK(site.get("users?search=\x01").status == 400);
}

TEST_CASE("an account that has an id's digits as handle and the id itself are both found once") {
  AdminFixture site;
  const auto ada = site.add("ada");
  site.add(std::to_string(ada));
  CHECK(all_pages(site, "&search=" + std::to_string(ada), 1) ==
        Handles{"ada", std::to_string(ada)});
}

TEST_CASE("pages of a search have each account once, whatever their size") {
  AdminFixture site;
  Handles expected;
  for (int i = 10; i < 20; ++i) {
    expected.push_back("ann_" + std::to_string(i));
    site.add(expected.back(), Role::user, "Ann");
  }
  for (int i = 10; i < 20; ++i) {
    expected.push_back("x" + std::to_string(i));
    site.add(expected.back(), Role::user, i % 2 == 0 ? "Ann" : "ANN");  // equal names, too
  }
  for (const int limit : {1, 3, 7, 20, 100}) {
    INFO(limit);
    CHECK(all_pages(site, "&search=ann", limit) == expected);
  }
  CHECK(all_pages(site, "", 3).size() == 21);
}

TEST_CASE("accounts are listed by role and state") {
  AdminFixture site;
  const auto eve = site.add("eve"), ada = site.add("ada", Role::editor);
  site.add("bob");
  commands::Command command;
  site.users.suspend(eve, "spam", std::chrono::seconds{600}, command);
  site.users.suspend(ada, std::nullopt, std::chrono::seconds{600}, command);
  CHECK(all_pages(site, "&role=user", 1) == Handles{"bob", "eve"});
  CHECK(all_pages(site, "&role=editor", 1) == Handles{"ada"});
  CHECK(all_pages(site, "&state=suspended", 1) == Handles{"ada", "eve"});
  CHECK(all_pages(site, "&state=active", 1) == Handles{"bob", "root"});
  CHECK(all_pages(site, "&role=user&state=suspended", 1) == Handles{"eve"});
  CHECK(all_pages(site, "&role=editor&state=active", 1).empty());
  CHECK(all_pages(site, "&role=editor&state=suspended", 1) == Handles{"ada"});
  CHECK(all_pages(site, "&search=e&state=suspended", 1) == Handles{"eve"});
  CHECK(all_pages(site, "&search=e&role=admin", 1).empty());
  CHECK(site.get("users?role=root").status == 400);
  CHECK(site.get("users?state=gone").status == 400);
}

TEST_CASE("a cursor belongs to one search") {
  AdminFixture site;
  for (const auto* handle : {"ada", "adam", "bob"}) site.add(handle);
  const auto cursor = text_in(site.get("users?limit=1&search=a"), "next_cursor");
  CHECK(site.get("users?limit=1&search=a&cursor=" + cursor).status == 200);
  CHECK(site.get("users?limit=1&search=b&cursor=" + cursor).status == 400);
  CHECK(site.get("users?limit=1&cursor=" + cursor).status == 400);
  CHECK(site.get("users?limit=101").status == 400);
}

TEST_CASE("one account comes with its sessions") {
  AdminFixture site;
  const auto ada = site.add("ada");
  const auto path = "users/" + std::to_string(ada);
  CHECK(support::list_in(site.get(path), "sessions").empty());
  const auto session = site.add_session(ada);
  const auto response = site.get(path);
  CHECK(text_in(response, "handle") == "ada");
  CHECK(text_or_null_in(response, "last_seen_at"));
  const auto sessions = support::list_in(response, "sessions");
  REQUIRE(sessions.size() == 1);
  CHECK(text_in(sessions[0], "id") == session);
  CHECK(site.get("users/4711").status == 404);
  CHECK(site.get("users/none").status == 404);
}

TEST_CASE("an admin ends one session of a user, or all") {
  AdminFixture site;
  const auto ada = site.add("ada"), bob = site.add("bob");
  const auto first = site.add_session(ada), second = site.add_session(ada);
  const auto path = "users/" + std::to_string(ada) + "/sessions";
  const auto token = site.token_of(ada);
  const auto living = [&] {
    return site.sql("SELECT count(*) FROM sessions WHERE revoked_at IS NULL");
  };

  CHECK(site.del("users/" + std::to_string(bob) + "/sessions/" + first).status == 404);
  CHECK(site.del(path + "/none").status == 404);
  CHECK(living() == "2");
  CHECK(site.del(path + "/" + first).status == 204);
  CHECK(site.del(path + "/" + first).status == 404);
  CHECK(living() == "1");
  CHECK(site.server.patch("/v1/users/" + std::to_string(ada), R"({"name":"A"})", token).status ==
        200);

  CHECK(site.del(path).status == 204);
  CHECK(living() == "0");
  CHECK(site.server.patch("/v1/users/" + std::to_string(ada), R"({"name":"B"})", token).status ==
        401);
  CHECK(site.del("users/4711/sessions").status == 404);
  const auto object = "user:" + std::to_string(ada);
  CHECK(site.entries() == "root user.end_session " + object + ", root user.end_sessions " + object);
  CHECK(site.sql("SELECT before ->> 'session' FROM audit_log ORDER BY id LIMIT 1") == first);
}

TEST_CASE("an admin who changes another's profile leaves an entry, its owner leaves none") {
  AdminFixture site;
  const auto ada = site.add("ada", Role::user, "Ada");
  const auto path = "/v1/users/" + std::to_string(ada), object = "user:" + std::to_string(ada);
  CHECK(site.server.patch(path, R"({"name":"Countess"})", site.token_of(ada)).status == 200);
  CHECK(site.entries().empty());
  CHECK(site.server.patch(path, R"({"name":"Lady"})", site.as_root).status == 200);
  CHECK(site.entries() == "root user.update " + object);
  CHECK(site.sql("SELECT before::text || after::text FROM audit_log") ==
        R"({"name": "Countess"}{"name": "Lady"})");
  // What changes nothing, or is refused, leaves none.
  CHECK(site.server.patch(path, R"({"name":"Lady"})", site.as_root).status == 200);
  CHECK(site.server.patch(path, R"({"handle":"countess"})", site.as_root).status == 403);
  const auto own = "/v1/users/" + std::to_string(site.root);
  CHECK(site.server.patch(own, R"({"name":"Root"})", site.as_root).status == 200);
  CHECK(site.entries() == "root user.update " + object);
}
