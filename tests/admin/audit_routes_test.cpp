// GET /api/v1/admin/audit.
#include "admin_fixture.hpp"

using namespace feedctl;
using support::integer_in;
using support::text_in;
using test::AdminFixture;
using users::Role;

namespace {

std::string actions_in(const http::Response& response) {
  std::string actions;
  for (const auto& entry : support::list_in(response, "entries"))
    actions.append(actions.empty() ? "" : " ").append(text_in(entry, "action"));
  return actions;
}

}  // namespace

TEST_CASE("an entry says who changed what when, before and after") {
  AdminFixture site;
  const auto ada = site.add("ada");
  site.patch("users/" + std::to_string(ada), R"({"role":"editor"})");
  const auto response = site.get("audit");
  const auto entries = support::list_in(response, "entries");
  REQUIRE(entries.size() == 1);
  CHECK(integer_in(entries[0], "actor") == site.root);
  CHECK(text_in(entries[0], "actor_name") == "root");
  CHECK(text_in(entries[0], "action") == "user.role");
  CHECK(text_in(entries[0], "object") == "user:" + std::to_string(ada));
  CHECK(text_in(support::member_in(entries[0], "before"), "role") == "user");
  CHECK(text_in(support::member_in(entries[0], "after"), "role") == "editor");
  CHECK(text_in(entries[0], "request_id").empty());
  CHECK(text_in(entries[0], "at").size() > 18);
}

TEST_CASE("the audit log is filtered and read page by page") {
  AdminFixture site;
  const auto ada = site.add("ada"), eve = site.add("eve", Role::admin);
  const auto path = "users/" + std::to_string(ada);
  site.patch(path, R"({"role":"editor"})");
  site.server.del("/api/v1/admin/" + path + "/sessions", site.token_of(eve));
  site.del("dead-events/" + std::to_string(site.add_dead_event()));

  CHECK(actions_in(site.get("audit")) == "dead_event.drop user.end_sessions user.role");
  CHECK(actions_in(site.get("audit?actor=eve")) == "user.end_sessions");
  CHECK(actions_in(site.get("audit?actor=" + std::to_string(eve))) == "user.end_sessions");
  CHECK(actions_in(site.get("audit?action=user")) == "user.end_sessions user.role");
  CHECK(actions_in(site.get("audit?action=user.role")) == "user.role");
  CHECK(actions_in(site.get("audit?action=user.ro")).empty());
  CHECK(actions_in(site.get("audit?object=user:" + std::to_string(ada) + "&actor=root")) ==
        "user.role");
  CHECK(site.get("audit?actor=" + std::string(201, 'a')).status == 400);

  const auto page = site.get("audit?limit=2");
  CHECK(actions_in(page) == "dead_event.drop user.end_sessions");
  const auto cursor = text_in(page, "next_cursor");
  const auto rest = site.get("audit?limit=2&cursor=" + cursor);
  CHECK(actions_in(rest) == "user.role");
  CHECK_FALSE(support::text_or_null_in(rest, "next_cursor"));
  CHECK(site.get("audit?actor=eve&cursor=" + cursor).status == 400);
}
