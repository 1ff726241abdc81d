// Rows 68, 71 and 72 of the table of bad inputs: refresh tokens that were used, stolen or guessed.
#include <thread>

#include "e2e/hostile_tokens/session.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace feedctl::hostile;

namespace {

// Moves the moment of the last exchange. The grace for a lost response is ten seconds.
void set_last_exchange(const TokenServer& server, const char* when) {
  server.database.execute(std::string("UPDATE sessions SET rotated_at = clock_timestamp() ") +
                          when);
}
constexpr const char* a_minute_ago = "- interval '1 minute'";
// However long the test takes.
constexpr const char* just_now = "+ interval '1 minute'";

void check_family_dead(const TokenServer& server, const Session& first,
                       const std::string& successor) {
  CHECK(refresh(server.http, successor).status == 401);
  CHECK(refresh(server.http, first.refresh_token).status == 401);
  // Other servers know within a second, this one at once.
  CHECK(server.http.get("/v1/feed", bearer(first.access_token)).status == 401);
  CHECK(server.database.execute("SELECT revoked_reason FROM sessions WHERE id = '" +
                                session_id_of(first.access_token) + "'") == "reuse");
}

}  // namespace

TEST_CASE("row 71: a refresh token that comes back after its successor ends the session") {
  TokenServer server;
  const auto session = sign_in(server.database, server.http, server.ada_id);
  const auto other = sign_in(server.database, server.http, server.ada_id);
  const auto second = refresh(server.http, session.refresh_token);
  REQUIRE(second.status == 200);
  const auto successor = api::text_member(second, "refresh_token");
  CHECK(successor != session.refresh_token);
  set_last_exchange(server, a_minute_ago);

  const auto stolen = refresh(server.http, session.refresh_token);
  CHECK(stolen.status == 401);
  CHECK(stolen.header("content-type") == "application/problem+json");
  check_family_dead(server, session, successor);
  CHECK(support::eventually(
      [&] { return server.serve.output().find("refresh token reused") != std::string::npos; }));
  CHECK(server.serve.output().find(session.refresh_token) == std::string::npos);
  // The user's other devices go on.
  CHECK(server.http.get("/v1/feed", bearer(other.access_token)).status == 200);
  CHECK(refresh(server.http, other.refresh_token).status == 200);
}

TEST_CASE("row 71: an older ancestor ends the session, even within the grace for a lost response") {
  TokenServer server;
  const auto session = sign_in(server.database, server.http, server.ada_id);
  auto newest = session.refresh_token;
  for (int i = 0; i < 2; ++i) {
    const auto answer = refresh(server.http, newest);
    REQUIRE(answer.status == 200);
    newest = api::text_member(answer, "refresh_token");
  }
  set_last_exchange(server, just_now);
  CHECK(refresh(server.http, session.refresh_token).status == 401);
  check_family_dead(server, session, newest);
}

TEST_CASE(
    "a client that lost the response gets the same successor again, another client does not") {
  TokenServer server;
  const auto session = sign_in(server.database, server.http, server.ada_id);
  const auto first = refresh(server.http, session.refresh_token);
  REQUIRE(first.status == 200);
  set_last_exchange(server, just_now);
  const auto again = refresh(server.http, session.refresh_token);
  CHECK(again.status == 200);
  CHECK(api::text_member(again, "refresh_token") == api::text_member(first, "refresh_token"));

  const HttpHeaders of_a_thief{{"User-Agent", "somebody-else/1.0"}};
  CHECK(refresh(server.http, session.refresh_token, of_a_thief).status == 401);
  check_family_dead(server, session, api::text_member(first, "refresh_token"));
}

TEST_CASE("row 72: parallel exchanges of one refresh token have one successor") {
  TokenServer server;
  const auto session = sign_in(server.database, server.http, server.ada_id);
  std::vector<HttpResponse> answers(8);
  std::vector<std::thread> clients;
  for (auto& answer : answers)
    clients.emplace_back([&] { answer = refresh(server.http, session.refresh_token); });
  for (auto& client : clients) client.join();
  std::string successor;
  for (const auto& answer : answers) {
    INFO(answer.body);
    CHECK((answer.status == 200 || answer.status == 409));
    if (answer.status != 200) continue;
    const auto mine = api::text_member(answer, "refresh_token");
    if (successor.empty()) successor = mine;
    CHECK(mine == successor);
  }
  REQUIRE_FALSE(successor.empty());
  CHECK(refresh(server.http, successor).status == 200);
}

TEST_CASE("a text that was never a refresh token is refused and ends no session") {
  TokenServer server;
  const auto session = sign_in(server.database, server.http, server.ada_id);
  const auto& token = session.refresh_token;
  const auto padding = std::string("=");
  const std::string texts[] = {"",
                               "fr_",
                               token.substr(1),
                               token.substr(0, token.size() - 1),
                               token + "A",
                               token + padding,
                               " " + token,
                               "FR_" + token.substr(3),
                               session.access_token,
                               "fr_" + base64url(std::string(48, '\0')),
                               "fr_' OR 1=1 --",
                               "fr_" + std::string(8000, 'A')};
  for (const auto& text : texts) {
    INFO(text.substr(0, 100));
    const auto status = refresh(server.http, text).status;
    CHECK((status == 401 || status == 400));
  }
  for (const char* body : {"", "{}", "[]", R"({"refresh_token":null})", R"({"refresh_token":7})"}) {
    INFO(body);
    const auto status = server.http.post("/auth/refresh", body).status;
    CHECK((status == 401 || status == 400));
  }
  CHECK(refresh(server.http, token).status == 200);
}

TEST_CASE("a code is exchanged once, by whoever knows its verifier, within its minute") {
  TokenServer server;
  const auto& database = server.database;
  const auto exchange = [&](const std::string& body) {
    return server.http.post("/auth/token", body).status;
  };
  const auto is_refused = [](int status) { return status == 400 || status == 401; };
  const auto code = make_login_code(database, server.ada_id);
  auto stolen = code;
  stolen.verifier = LoginCode().verifier;
  CHECK(is_refused(exchange(stolen.body())));
  // A wrong verifier has used the code up: nobody may try.
  CHECK(is_refused(exchange(code.body())));

  const auto once = make_login_code(database, server.ada_id);
  CHECK(exchange(once.body()) == 200);
  CHECK(is_refused(exchange(once.body())));

  const auto old = make_login_code(database, server.ada_id);
  database.execute("UPDATE login_codes SET created_at = created_at - interval '10 minutes'");
  CHECK(is_refused(exchange(old.body())));
  CHECK(is_refused(exchange(LoginCode().body())));
}
