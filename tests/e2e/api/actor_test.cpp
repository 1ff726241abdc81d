// Who acts and who may, in both modes, with tokens made by the command line.
#include "support/api.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace feedctl::api;

namespace {

constexpr const char* canary = "canary-that-must-not-sing-0123456789";

struct TokenServer {
  // `migrate up` makes the key that tokens are signed with.
  explicit TokenServer(const std::string& mode)
      : shell(command_options(database)),
        serve(database, {{"auth.mode", mode}, {"server.secret_key", canary}}) {
    REQUIRE(support::run_feedctl({"migrate", "up"}, shell).exit_code == 0);
  }

  static support::RunOptions command_options(const support::FreshDatabase& database) {
    support::RunOptions run;
    run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                       "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal()};
    return run;
  }
  std::string token(const std::string& handle, const std::string& role = "user") {
    auto result = support::run_feedctl(
        {"users", "token", "--handle", handle, "--create", "--role", role}, shell);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    while (!result.out.empty() && result.out.back() == '\n') result.out.pop_back();
    return result.out;
  }
  std::string id_of(const std::string& handle) {
    return database.execute("SELECT id FROM users WHERE handle = '" + handle + "'");
  }

  support::FreshDatabase database;
  support::RunOptions shell;
  support::ServerProcess serve;
  HttpClient http = serve.client();
};

support::HttpHeaders bearer(const std::string& token) {
  return {{"Authorization", "Bearer " + token}};
}

}  // namespace

TEST_CASE("with auth.mode required only a token identifies the actor") {
  TokenServer w("required");
  const auto ana = w.token("ana"), bo = w.token("bo"), root = w.token("root", "admin");
  const auto ana_id = w.id_of("ana"), bo_id = w.id_of("bo");

  SECTION("without one, or with a bad one, commands are refused and say how to come in") {
    for (const auto& headers :
         std::vector<support::HttpHeaders>{{},
                                           {{"X-User-Id", ana_id}},
                                           bearer("nonsense"),
                                           bearer(ana + "x"),
                                           {{"Authorization", "Basic YTpi"}}}) {
      const auto answer = w.http.post("/v1/posts", "{}", headers);
      CHECK(answer.status == 401);
      CHECK(answer.header("www-authenticate").find("Bearer") == 0);
    }
    CHECK(w.http.get("/v1/feed").status == 401);
    CHECK(w.http.post("/v1/posts?access_token=" + ana, "{}").status == 401);
  }
  SECTION("reads are public") {
    CHECK(w.http.get("/v1/feed/hot").status == 200);
    CHECK(w.http.get("/v1/users/" + ana_id).status == 200);
  }
  SECTION("the token is the author, whatever the body says") {
    const auto mine = w.http.post("/v1/posts", R"({"text":"hi"})", bearer(ana));
    CHECK(mine.status == 201);
    CHECK(std::to_string(integer_member(parse_body(mine), "author_id")) == ana_id);
    CHECK(w.http.post("/v1/posts", R"({"author_id":)" + bo_id + "}", bearer(ana)).status == 403);
    const auto for_bo = w.http.post("/v1/posts", R"({"author_id":)" + bo_id + "}", bearer(root));
    CHECK(for_bo.status == 201);
    CHECK(std::to_string(integer_member(parse_body(for_bo), "author_id")) == bo_id);
  }
  SECTION("an admin may look through another's eyes, also on public routes") {
    const auto as_bo = "?user_id=" + bo_id;
    for (const std::string path : {"/v1/feed/hot", "/v1/feed"}) {
      CHECK(w.http.get(path + as_bo, bearer(root)).status == 200);
      CHECK(w.http.get(path + as_bo, bearer(ana)).status == 403);
    }
  }
  SECTION("row 46 and 52: another's like and another's post are not yours") {
    const auto post = std::to_string(
        integer_member(parse_body(w.http.post("/v1/posts", "{}", bearer(ana))), "id"));
    CHECK(
        w.http
            .post("/v1/feed/posts/" + post + "/likes/", R"({"user_id":)" + bo_id + "}", bearer(ana))
            .status == 403);
    CHECK(w.http.post("/v1/feed/posts/" + post + "/likes/", "{}", bearer(bo)).status == 201);
    CHECK(w.http.del("/v1/feed/posts/" + post + "/likes/" + bo_id + "/", bearer(ana)).status ==
          403);
    CHECK(w.http.del("/v1/posts/" + post + "/likes", bearer(bo)).status == 204);
    CHECK(w.http.del("/v1/posts/" + post, bearer(bo)).status == 403);
    CHECK(w.http.del("/v1/posts/" + post, bearer(ana)).status == 204);
  }
  SECTION("accounts are changed by their owners and made by admins") {
    CHECK(w.http.patch("/v1/users/" + ana_id, R"({"name":"Ana"})", bearer(ana)).status == 200);
    CHECK(w.http.patch("/v1/users/" + ana_id, R"({"name":"Ana"})", bearer(bo)).status == 403);
    CHECK(w.http.post("/v1/users", R"({"handle":"new"})", bearer(ana)).status == 403);
    CHECK(w.http.post("/v1/users", R"({"handle":"new"})", bearer(root)).status == 201);
    CHECK(w.http.post("/v1/users", R"({"handle":"new"})", bearer(root)).status == 409);
  }
  SECTION("rows 77 and 78: admin routes are for admins, as the database has it now") {
    CHECK(w.http.get("/debug/config").status == 401);
    CHECK(w.http.get("/debug/config", bearer(ana)).status == 403);
    const auto config = w.http.get("/debug/config", bearer(root));
    CHECK(config.status == 200);
    CHECK(config.body.find("server.secret_key") != std::string::npos);
    for (const auto& answer : {config.body, w.http.get("/metrics").body, w.serve.output()}) {
      CHECK(answer.find(canary) == std::string::npos);
    }
    w.database.execute("UPDATE users SET role = 'user' WHERE handle = 'root'");
    CHECK(w.http.get("/debug/config", bearer(root)).status == 403);
  }
}

TEST_CASE("with auth.mode open a request may name its actor, and a token takes precedence") {
  TokenServer w("open");
  const auto ana = w.token("ana");
  w.token("bo");
  const auto ana_id = w.id_of("ana"), bo_id = w.id_of("bo");
  CHECK(w.http.get("/v1/feed?user_id=" + ana_id).status == 200);
  CHECK(w.http.get("/v1/feed", {{"X-User-Id", ana_id}}).status == 200);
  CHECK(w.http.get("/v1/feed", bearer(ana)).status == 200);
  const auto nobody = w.http.get("/v1/feed");
  CHECK(nobody.status == 400);
  CHECK(error_message(nobody) == "user_id is required");
  CHECK(w.http.get("/v1/feed?user_id=" + bo_id, bearer(ana)).status == 403);
  CHECK(w.http.get("/v1/feed", bearer(ana + "x")).status == 401);
  CHECK(w.http.get("/v1/feed?user_id=99999").status == 404);
  CHECK(w.http.get("/debug/config").status == 401);
  // The header gives way to the body.
  const auto post =
      w.http.post("/v1/posts", R"({"author_id":)" + bo_id + "}", {{"X-User-Id", ana_id}});
  CHECK(std::to_string(integer_member(parse_body(post), "author_id")) == bo_id);
}

TEST_CASE("without its schema the server reports the missing schema instead of crashing") {
  support::FreshDatabase database(support::FreshDatabase::Schema::empty);
  support::RunOptions run;
  const auto port = std::to_string(support::free_port());
  run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG"};
  support::BackgroundProcess serve({support::feedctl_binary(), "serve", "--port", port}, run);
  const HttpClient http(std::stoi(port));
  REQUIRE(support::eventually([&] { return http.get("/health/live").status == 200; }));
  const auto ready = http.get("/health/ready");
  CHECK(ready.status == 503);
  CHECK(text_member(parse_body(ready), "status") == "schema");
  const auto post = http.get("/v1/posts/5");
  CHECK(post.status == 503);
  CHECK_FALSE(post.header("retry-after").empty());
  CHECK(text_member(*parse_body(http.get("/debug/health")).find("database"), "status") == "up");
  const auto list = support::run_feedctl({"users", "list"}, run);
  CHECK(list.exit_code == 69);
  CHECK(list.err.find("feedctl migrate up") != std::string::npos);
}

TEST_CASE(
    "every route of the route table has an access policy, and the server serves exactly that "
    "table") {
  const auto result = support::run_feedctl({"routes", "-o", "json"});
  REQUIRE(result.exit_code == 0);
  const auto table = json::parse(result.out);
  REQUIRE(table.array() != nullptr);
  CHECK(table.array()->size() > 25);
  support::FreshDatabase database;
  support::ServerProcess serve(database, {{"auth.mode", "required"}});
  const auto http = serve.client();
  for (const auto& route : support::items_of(table)) {
    const auto policy = text_member(route, "policy"), pattern = text_member(route, "route"),
               method = text_member(route, "method");
    INFO(method << " " << pattern << " " << policy);
    CHECK((policy == "public" || policy == "user" || policy == "editor" || policy == "admin"));
    std::string path = pattern;
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{'))
      path.replace(at, path.find('}') - at + 1, "1");
    const auto status = http.send(method, path, "").status;
    CHECK(status != 405);
    if (policy != "public") CHECK(status == 401);
  }
}
