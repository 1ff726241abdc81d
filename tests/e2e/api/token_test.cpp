// Access tokens of several servers: scopes, revocations and key rotations, as their clients see it.
#include "support/api.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace feedctl::api;
using support::eventually;

namespace {

support::HttpHeaders bearer(const std::string& token) {
  return {{"Authorization", "Bearer " + token}};
}

// Two servers that share a database.
struct TwoServers {
  TwoServers() : shell(command_options(database)) {
    REQUIRE(support::run_feedctl({"migrate", "up"}, shell).exit_code == 0);  // makes the key
    first.emplace(database, settings());
    second.emplace(database, settings());
  }
  static support::Settings settings() { return {{"auth.mode", "required"}}; }
  static support::RunOptions command_options(const support::FreshDatabase& database) {
    support::RunOptions run;
    run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                       "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal()};
    return run;
  }
  std::string token(const std::string& handle, const std::string& scope = "read,write,admin") {
    auto result = support::run_feedctl(
        {"users", "token", "--handle", handle, "--create", "--ttl", "1h", "--scope", scope}, shell);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return result.out.substr(0, result.out.find('\n'));
  }
  int status(support::ServerProcess& serve, const std::string& token) const {
    return serve.client().get("/v1/feed", bearer(token)).status;
  }
  // Whether both come to answer so.
  bool both_answer(int expected, const std::string& token) {
    return eventually(
        [&] { return status(*first, token) == expected && status(*second, token) == expected; });
  }

  support::FreshDatabase database;
  support::RunOptions shell;
  std::optional<support::ServerProcess> first, second;
};

std::vector<std::string> published_kids(const support::ServerProcess& serve) {
  std::vector<std::string> kids;
  for (const auto& key :
       support::list_in(parse_body(serve.client().get("/.well-known/jwks.json")), "keys"))
    kids.push_back(support::text_in(key, "kid"));
  return kids;
}

}  // namespace

TEST_CASE("a token allows what its scopes say") {
  TwoServers site;
  const auto http = site.first->client();
  const auto reads = site.token("ada", "read"), writes = site.token("ada", "write");
  CHECK(http.get("/v1/feed", bearer(reads)).status == 200);
  CHECK(http.get("/v1/feed/hot", bearer(reads)).status == 200);
  CHECK(http.post("/v1/posts", "{}", bearer(writes)).status == 201);
  for (int i = 0; i < 3; ++i)  // by the handler, and from memory
    CHECK(http.get("/v1/feed", bearer(writes)).status == 403);
  CHECK(http.get("/v1/feed/hot", bearer(writes)).status == 403);
  const auto refused = http.post("/v1/posts", "{}", bearer(reads));
  CHECK(refused.status == 403);
  CHECK(refused.header("www-authenticate") ==
        R"(Bearer error="insufficient_scope", scope="write")");
  const auto broken = http.get("/v1/feed", bearer(reads + "x"));
  CHECK(broken.status == 401);
  CHECK(broken.header("www-authenticate") == R"(Bearer error="invalid_token")");
}

TEST_CASE("every server refuses a user's older tokens once their version is raised") {
  TwoServers site;
  const auto ada = site.token("ada"), bob = site.token("bob");
  REQUIRE(site.both_answer(200, ada));
  site.database.execute(
      "WITH raised AS (UPDATE users SET token_version = token_version + 1 WHERE handle = 'ada'"
      " RETURNING id, token_version) INSERT INTO revocations (user_id, token_version, until)"
      " SELECT id, token_version, now() + interval '1 hour' FROM raised");
  CHECK(site.both_answer(401, ada));
  CHECK(site.both_answer(200, bob));
  CHECK(site.both_answer(200, site.token("ada")));
  // One that starts later knows it as well.
  site.second->stop();
  site.second.emplace(site.database, TwoServers::settings());
  CHECK(site.both_answer(401, ada));
}

TEST_CASE("keys rotate without a restart, and a compromised key ends on every server") {
  TwoServers site;
  const auto before = site.token("ada");
  REQUIRE(site.both_answer(200, before));
  const auto old_kid = published_kids(*site.first).at(0);

  REQUIRE(support::run_feedctl({"keys", "rotate"}, site.shell).exit_code == 0);
  for (auto* serve : {&*site.first, &*site.second})
    CHECK(eventually([&] { return published_kids(*serve).size() == 2; }));
  CHECK(site.both_answer(200, before));
  CHECK(site.both_answer(200, site.token("ada")));

  REQUIRE(support::run_feedctl({"keys", "rotate", "--at-once"}, site.shell).exit_code == 0);
  CHECK(site.both_answer(401, before));
  CHECK(site.both_answer(200, site.token("ada")));
  for (auto* serve : {&*site.first, &*site.second}) {
    const auto kids = published_kids(*serve);
    REQUIRE(kids.size() == 1);
    CHECK(kids[0] != old_kid);
  }
}
