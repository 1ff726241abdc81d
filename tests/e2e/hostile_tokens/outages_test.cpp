// Tokens while the database is away: valid ones are accepted, revoked ones stay refused, and nobody
// loses a session.
#include "e2e/hostile_tokens/session.hpp"
#include "support/database_outage.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace feedctl::hostile;

namespace {

// Without a long wait for a database that does not come.
support::Settings impatient() {
  return {{"database.pool_wait", "200ms"}, {"database.connect_timeout", "2s"}};
}

bool is_index_ready(const HttpClient& http) {
  const auto health = api::parse_body(http.get("/debug/health"));
  return api::text_member(support::member_in(health, "feed_index"), "status") == "ready";
}

}  // namespace

TEST_CASE("with the database down valid tokens read cached feeds and revoked ones do not") {
  TokenServer server(impatient());
  const auto& http = server.http;
  const auto kept = sign_in(server.database, http, server.ada_id);
  const auto unseen = sign_in(server.database, http, server.ada_id);
  const auto gone = sign_in(server.database, http, server.ada_id);
  REQUIRE(support::eventually([&] { return is_index_ready(http); }));
  const auto page = http.get("/v1/feed", bearer(kept.access_token));
  REQUIRE(page.status == 200);
  REQUIRE(http.get("/v1/feed", bearer(gone.access_token)).status == 200);
  REQUIRE(http.post("/auth/logout", R"({"refresh_token":")" + gone.refresh_token + "\"}").status /
              100 ==
          2);

  support::DatabaseOutage outage(server.database);
  for (int i = 0; i < 3; ++i) {
    for (const auto& session : {kept, unseen}) {
      const auto answer = http.get("/v1/feed", bearer(session.access_token));
      CHECK(answer.status == 200);
      CHECK(answer.body == page.body);
    }
    CHECK(http.get("/v1/feed", bearer(gone.access_token)).status == 401);
    CHECK(http.get("/v1/feed", bearer(kept.access_token + "A")).status == 401);
  }
  // 503 and not 401: a client keeps its token and asks again.
  CHECK(refresh(http, kept.refresh_token).status == 503);
  outage.end();
  CHECK(support::eventually([&] { return refresh(http, kept.refresh_token).status == 200; }));
}

TEST_CASE("a server learns within moments what another one has revoked") {
  TokenServer server;
  const support::ServerProcess other_process(server.database, {{"auth.mode", "required"}});
  const auto other = other_process.client();
  const auto session = sign_in(server.database, server.http, server.ada_id);
  REQUIRE(other.get("/v1/feed", bearer(session.access_token)).status == 200);
  REQUIRE(other.get("/v1/feed", bearer(server.ada)).status == 200);
  REQUIRE(server.http.post("/auth/logout-all", "", bearer(session.access_token)).status / 100 == 2);
  for (const auto& token : {session.access_token, server.ada}) {
    CHECK(support::eventually([&] { return other.get("/v1/feed", bearer(token)).status == 401; }));
  }
  CHECK(other.get("/v1/feed", bearer(server.bob)).status == 200);
}
