// The administration routes of the signing keys.
#include "admin/key_rotation.hpp"
#include "admin_fixture.hpp"

using namespace feedctl;
using support::flag_in;
using support::text_in;
using test::AdminFixture;

namespace {

std::string states_in(const http::Response& response) {
  std::string states;
  for (const auto& key : support::list_in(response, "keys"))
    states.append(states.empty() ? "" : " ").append(text_in(key, "state"));
  return states;
}

void let_the_server_rotate(AdminFixture& site) {
  site.sql("GRANT INSERT, UPDATE, DELETE ON signing_keys TO PUBLIC");
}

}  // namespace

TEST_CASE("a server without the rights shows the keys and does not rotate them") {
  AdminFixture site;
  const auto response = site.get("keys");
  CHECK(states_in(response) == "signing");
  CHECK_FALSE(flag_in(response, "can_rotate"));
  CHECK(response.body.find("\"d\"") == std::string::npos);
  const auto refused = site.post("keys/rotate");
  CHECK(refused.status == 403);
  CHECK(refused.body.find("feedctl keys rotate") != std::string::npos);
  CHECK(states_in(site.get("keys")) == "signing");
  CHECK(site.entries().empty());
}

TEST_CASE("a server with the rights makes the next key") {
  AdminFixture site;
  let_the_server_rotate(site);
  CHECK(flag_in(site.get("keys"), "can_rotate"));
  const auto response = site.post("keys/rotate", R"({"at_once":false})");
  CHECK(response.status == 200);
  CHECK(states_in(response) == "signing next");
  const auto kid = text_in(support::list_in(response, "keys")[1], "kid");
  CHECK(site.entries() == "root key.rotate key:" + kid);
  CHECK(site.sql("SELECT after ->> 'at_once' FROM audit_log") == "false");
  // There is a next key already.
  CHECK(site.post("keys/rotate").status == 409);
  CHECK(site.post("keys/rotate", R"({"at_once":"yes"})").status == 400);
  CHECK(site.entries() == "root key.rotate key:" + kid);
}

TEST_CASE("a rotation with a member that it does not know changes nothing") {
  AdminFixture site;
  let_the_server_rotate(site);
  const auto refused = site.post("keys/rotate", R"({"at_once":true,"at-once":true,"a/b":1})");
  CHECK(refused.status == 400);
  const auto faults = support::list_in(refused, "errors");
  REQUIRE(faults.size() == 2);
  CHECK(text_in(faults[0], "pointer") == "/at-once");
  CHECK(text_in(faults[0], "detail") == "there is no such member");
  CHECK(text_in(faults[1], "pointer") == "/a~1b");
  CHECK(states_in(site.get("keys")) == "signing");
  CHECK(site.entries().empty());
}

TEST_CASE("a rotation at once refuses all tokens that there are") {
  AdminFixture site;
  let_the_server_rotate(site);
  const auto response = site.post("keys/rotate", R"({"at_once":true})");
  CHECK(response.status == 200);
  CHECK(states_in(response) == "expired signing");
  CHECK(site.get("keys").status == 401);
  CHECK(site.server.get("/api/v1/admin/keys", site.token_of(site.root)).status == 200);
}

TEST_CASE("a rotation by the schema's owner is in the audit log, without the key") {
  AdminFixture site;
  const auto report =
      admin::rotate_key(site.owner, {std::chrono::seconds{600}, std::chrono::seconds{86400}},
                        {std::nullopt, "ada (shell)", ""});
  CHECK(site.entries() == "ada (shell) key.rotate key:" + report.kid);
  const auto secret =
      site.sql("SELECT jwk::jsonb ->> 'd' FROM signing_keys WHERE kid = '" + report.kid + "'");
  REQUIRE(secret.size() > 20);
  CHECK(site.sql("SELECT count(*) FROM audit_log l WHERE strpos(l::text, '" + secret + "') > 0") ==
        "0");
}
