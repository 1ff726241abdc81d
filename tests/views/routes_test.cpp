// The routes of views: what requests they take, and what they answer.
#include "views/routes.hpp"

#include <functional>

#include "auth/auth.hpp"
#include "support/catch.hpp"
#include "support/in_process.hpp"
#include "support/json.hpp"
#include "views/views_fixture.hpp"

using namespace feedctl;
using namespace feedctl::test;
using http::Method;
using http::Response;

namespace {

struct RoutesFixture : ViewsFixture {
  explicit RoutesFixture(auth::Mode mode = auth::Mode::open)
      : auth(auth::Options{.mode = mode}, database) {
    views::add_routes(router, {recorder, auth, {"bot"}, [this] {
                                 ++flushes;
                                 return flush_result();
                               }});
    fresh.execute("UPDATE users SET role = 'admin' WHERE id = 9");
    auto owner_options = database_options();
    owner_options.url = fresh.owner_url();
    store::Database owner(owner_options);
    auth::ensure_signing_key(owner);
  }

  // As user 2, unless `headers` name another one.
  Response post(const std::string& path, const std::string& body,
                support::InProcessClient::Headers headers = {{"x-user-id", "2"}}) const {
    return client.post(path, body, headers);
  }
  Response view(const std::string& body, support::InProcessClient::Headers headers = {}) const {
    headers.emplace_back("x-user-id", "2");
    return client.post("/posts/view", body, headers);
  }
  Response batch(const std::string& body, support::InProcessClient::Headers headers = {}) const {
    headers.emplace_back("x-user-id", "2");
    return client.post("/posts/views-batch", body, headers);
  }
  support::InProcessClient::Headers token(Id user) {
    return {{"authorization", "Bearer " + auth.issue(user, std::chrono::seconds{600})}};
  }

  views::ViewRecorder recorder{database, options()};
  auth::Auth auth;
  int flushes = 0;
  std::function<views::FlushReport()> flush_result = [] { return views::FlushReport{}; };
  http::Router router;
  support::InProcessClient client{router, auth};
};

std::string header(const Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

void check_refused(const Response& response, const std::string& error) {
  CHECK(response.status == 400);
  CHECK(support::text_in(response, "error") == error);
}

std::string ids(int count) {
  std::string text = "1";
  for (int id = 2; id <= count; ++id) text += "," + std::to_string(id);
  return "{\"postIds\":[" + text + "]}";
}

}  // namespace

TEST_CASE("a view is answered with the message and the number of views") {
  RoutesFixture fixture;
  fixture.fresh.execute("INSERT INTO post_views (post_id, view_count, base) VALUES (5, 41, 41)");
  const auto first = fixture.view(R"({"postId":5})");
  CHECK(first.status == 200);
  CHECK(first.body == R"({"message":"View added","viewsCount":42,"counted":true,"reason":null})");
  CHECK(header(first, "Content-Language") == "en");
  CHECK(header(first, "Vary") == "Accept-Language");
  CHECK(fixture.view(R"({"postId":"5"})").body ==
        R"({"message":"View added","viewsCount":42,"counted":false,"reason":"repeated"})");
  CHECK(fixture.post("/posts/view", R"({"postId":5})", {{"x-user-id", "1"}}).body ==
        R"({"message":"View added","viewsCount":42,"counted":false,"reason":"author"})");
  CHECK(fixture
            .post("/posts/view", R"({"postId":5})",
                  {{"x-user-id", "3"}, {"user-agent", "GoogleBot/2.1"}})
            .body == R"({"message":"View added","viewsCount":42,"counted":false,"reason":"bot"})");
}

TEST_CASE("a batch is answered with the numbers and each post's result") {
  RoutesFixture fixture;
  const auto first = fixture.batch(R"({"postIds":[6,5]})");
  CHECK(first.status == 200);
  CHECK(first.body ==
        R"({"message":"Views added: 2","processedCount":2,"postIds":[6,5],"results":[)"
        R"({"postId":6,"viewsCount":1,"counted":true,"reason":null},)"
        R"({"postId":5,"viewsCount":1,"counted":true,"reason":null}]})");
  CHECK(header(first, "Content-Language") == "en");
  CHECK(fixture.batch(R"({"postIds":[5,777,7]})").body ==
        R"({"message":"Views added: 1","processedCount":2,"postIds":[5,777,7],"results":[)"
        R"({"postId":5,"viewsCount":1,"counted":false,"reason":"repeated"},)"
        R"({"postId":777,"viewsCount":0,"counted":false,"reason":"not_found"},)"
        R"({"postId":7,"viewsCount":1,"counted":true,"reason":null}]})");
}

TEST_CASE("the messages are Russian for those who prefer it") {
  RoutesFixture fixture;
  const auto language = [&](const std::string& preference) {
    const auto answer = fixture.view(R"({"postId":5})", {{"accept-language", preference}});
    const auto tag = header(answer, "Content-Language");
    CHECK(support::text_in(answer, "message") ==
          (tag == "ru" ? "Просмотр добавлен" : "View added"));
    return tag;
  };
  for (const auto* preference : {"ru", "RU", "ru-RU", "ru;q=0.9,en;q=0.8", "en;q=0.1, ru-RU;q=0.2",
                                 "de, ru;q=0.5", "ru;q=0.001"}) {
    INFO(preference);
    CHECK(language(preference) == "ru");
  }
  for (const auto* preference :
       {"en", "en-US,en;q=0.9,ru;q=0.8", "ru;q=0.5,en;q=0.5", "ru;q=0", "de", "*", "", "rue", "q=1",
        ";", ",,,", "ru;q=x", "ru;q=2", "ru;q="}) {
    INFO(preference);
    CHECK(language(preference) == "en");
  }
  const auto batch = fixture.batch(R"({"postIds":[6,7]})", {{"accept-language", "ru"}});
  CHECK(support::text_in(batch, "message") == "Добавлено просмотров: 2");
  CHECK(header(batch, "Content-Language") == "ru");
}

TEST_CASE("a view without a valid post is refused") {
  RoutesFixture fixture;
  for (const auto* body : {"", "{}", R"({"postId":null})", R"({"postIds":[1]})"}) {
    INFO(body);
    check_refused(fixture.view(body), "postId is required");
  }
  check_refused(fixture.view(R"({"postId":0})"), "postId must be positive");
  check_refused(fixture.view(R"({"postId":-1})"), "postId must be positive");
  for (const auto* value :
       {R"("x")", R"("")", R"(" 1")", "1.5", "[1]", "{}", "true", "9223372036854775808"}) {
    INFO(value);
    check_refused(fixture.view(std::string(R"({"postId":)") + value + "}"),
                  "postId must be an integer");
  }
  CHECK(fixture.view(R"({"postId":5)").status == 400);
  CHECK(fixture.view("[5]").status == 400);
  CHECK(fixture.pending_views() == 0);
}

TEST_CASE("a batch without valid posts is refused") {
  RoutesFixture fixture;
  for (const auto* body : {"", "{}", R"({"postIds":null})", R"({"postId":1})"}) {
    INFO(body);
    check_refused(fixture.batch(body), "postIds is required");
  }
  for (const auto* value : {"1", R"("1,2")", "{}", "true"}) {
    INFO(value);
    check_refused(fixture.batch(std::string(R"({"postIds":)") + value + "}"),
                  "postIds must be a list of ids");
  }
  check_refused(fixture.batch(R"({"postIds":[]})"), "postIds must hold 1 to 100 ids");
  check_refused(fixture.batch(ids(101)), "postIds must hold 1 to 100 ids");
  for (const auto* item : {"0", "-1", R"("x")", R"("")", "1.5", "null", "[1]", "true", R"("-1")",
                           "9223372036854775808"}) {
    INFO(item);
    check_refused(fixture.batch(std::string(R"({"postIds":[5,)") + item + "]}"),
                  "postIds must hold positive integers");
  }
  CHECK(fixture.batch(R"({"postIds":[5})").status == 400);
  CHECK(fixture.pending_views() == 0);
}

TEST_CASE("a batch may have a hundred posts") {
  RoutesFixture fixture;
  const auto answer = fixture.batch(ids(100));
  CHECK(answer.status == 200);
  CHECK(support::integer_in(answer, "processedCount") == 9);
  CHECK(support::text_in(answer, "message") == "Views added: 9");
  CHECK(support::list_in(answer, "results").size() == 100);
}

TEST_CASE("ids may be texts, and a post that a batch names twice counts once") {
  RoutesFixture fixture;
  const auto answer = fixture.batch(R"({"postIds":["7",5,7,"5"]})");
  CHECK(support::text_in(answer, "message") == "Views added: 2");
  CHECK(support::integer_in(answer, "processedCount") == 2);
  CHECK(answer.body.find(R"("postIds":[7,5])") != std::string::npos);
  CHECK(fixture.pending_views() == 2);
}

TEST_CASE("a view of an unknown post is 404, of an unknown user too") {
  RoutesFixture fixture;
  const auto post = fixture.view(R"({"postId":777})");
  CHECK(post.status == 404);
  CHECK(support::text_in(post, "error") == "Post with id 777 not found");
  const auto user = fixture.post("/posts/view", R"({"postId":5})", {{"x-user-id", "777"}});
  CHECK(user.status == 404);
  CHECK(support::text_in(user, "error") == "User with id 777 not found");
  CHECK(fixture.batch(R"({"postIds":[777]})").status == 200);
  CHECK(fixture.cli("KEYS post:*").empty());
}

TEST_CASE("every path of the routes works with and without a trailing slash") {
  RoutesFixture fixture;
  for (const std::string path : {"/v1/views", "/posts/view", "/v1/views/", "/posts/view/"}) {
    INFO(path);
    CHECK(fixture.post(path, R"({"postId":5})").status == 200);
    CHECK(fixture.client.get(path).status == 405);
    CHECK(fixture.client.send(Method::del, path).status == 405);
  }
  for (const std::string path :
       {"/v1/views/batch", "/posts/views-batch", "/v1/views/batch/", "/posts/views-batch/"}) {
    INFO(path);
    CHECK(fixture.post(path, R"({"postIds":[5]})").status == 200);
    CHECK(fixture.client.get(path).status == 405);
  }
  for (const std::string path :
       {"/v1/views/sync", "/posts/sync-views", "/v1/views/sync/", "/posts/sync-views/"}) {
    INFO(path);
    CHECK(fixture.client.post(path, "", fixture.token(9)).status == 200);
    CHECK(fixture.client.get(path).status == 405);
  }
  CHECK(fixture.flushes == 4);
}

TEST_CASE("in open mode the user is named by body, header or token") {
  RoutesFixture fixture;
  const auto view = [&](const std::string& body, const support::InProcessClient::Headers& headers) {
    return fixture.client.post("/posts/view", body, headers);
  };
  check_refused(view(R"({"postId":5})", {}), "user_id is required");
  CHECK(view(R"({"postId":5,"user_id":3})", {}).status == 200);
  CHECK(fixture.cli("SISMEMBER post:5:views 3") == "1");
  CHECK(view(R"({"postId":5})", {{"x-user-id", "4"}}).status == 200);
  CHECK(fixture.cli("SISMEMBER post:5:views 4") == "1");
  CHECK(view(R"({"postId":5})", fixture.token(6)).status == 200);
  CHECK(fixture.cli("SISMEMBER post:5:views 6") == "1");
  CHECK(view(R"({"postId":5,"user_id":7})", fixture.token(6)).status == 403);
  CHECK(fixture.cli("SCARD post:5:views") == "3");
}

TEST_CASE("with signed tokens views need one, and synchronization an admin's") {
  RoutesFixture fixture(auth::Mode::required);
  for (const std::string path : {"/posts/view", "/posts/views-batch"}) {
    INFO(path);
    const std::string body = R"({"postId":5,"postIds":[5]})";
    CHECK(fixture.post(path, body).status == 401);
    CHECK(fixture.post(path, body, {{"authorization", "Bearer nonsense"}}).status == 401);
    CHECK(fixture.post(path, body, fixture.token(2)).status == 200);
  }
  CHECK(fixture.cli("SMEMBERS post:5:views") == "2");
}

TEST_CASE("synchronization needs an admin's token in every mode") {
  for (const auto mode : {auth::Mode::open, auth::Mode::required}) {
    RoutesFixture fixture(mode);
    const std::string path = "/posts/sync-views";
    CHECK(fixture.post(path, "").status == 401);
    CHECK(fixture.post(path, "", fixture.token(2)).status == 403);
    CHECK(fixture.flushes == 0);
    CHECK(fixture.post(path, "", fixture.token(9)).status == 200);
    CHECK(fixture.flushes == 1);
  }
}

TEST_CASE("synchronization tells what it has moved") {
  RoutesFixture fixture;
  const auto admin = fixture.token(9);
  fixture.flush_result = [&] { return fixture.flush(); };
  fixture.batch(R"({"postIds":[5,6]})");
  CHECK(fixture.post("/posts/sync-views", "", admin).body ==
        R"({"message":"Synchronization completed","syncedPosts":2,"syncedViews":2,)"
        R"("syncedContents":0})");
  CHECK(fixture.views_of(5) == 1);
  CHECK(fixture.post("/posts/sync-views", "", admin).body ==
        R"({"message":"Synchronization completed","syncedPosts":0,"syncedViews":0,)"
        R"("syncedContents":0})");
}

TEST_CASE("synchronization that cannot be done says why") {
  RoutesFixture fixture;
  const auto admin = fixture.token(9);
  fixture.flush_result = []() -> views::FlushReport {
    throw Error(ErrorCode::lock_held, "another synchronization of views is running");
  };
  CHECK(fixture.post("/posts/sync-views", "", admin).status == 409);
  fixture.flush_result = [] { return views::FlushReport{.batches = 1, .failed = 1}; };
  CHECK(fixture.post("/posts/sync-views", "", admin).status == 503);
  fixture.cli("CONFIG SET appendonly no");
  fixture.flush_result = [&] { return fixture.flush(); };
  const auto lossy = fixture.post("/posts/sync-views", "", admin);
  CHECK(lossy.status == 409);
  CHECK(support::text_in(lossy, "error").find("CONFIG SET appendonly yes") != std::string::npos);
  fixture.server.make_unreachable();
  CHECK(fixture.post("/posts/sync-views", "", admin).status == 503);
}

TEST_CASE("a view that cannot be recorded anywhere is answered as not counted") {
  RoutesFixture fixture;
  CHECK(fixture.view(R"({"postId":5})").status == 200);
  CHECK(fixture.view(R"({"postId":6})").status == 200);
  fixture.server.make_unreachable();
  fixture.close_database();
  const auto answer = fixture.batch(R"({"postIds":[5,6]})");
  CHECK(answer.status == 200);
  CHECK(support::text_in(answer, "message") == "Views added: 0");
  for (const auto& result : support::list_in(answer, "results")) {
    CHECK_FALSE(support::flag_in(result, "counted"));
    CHECK(support::text_in(result, "reason") == "unavailable");
  }
  fixture.open_database();
  fixture.server.make_reachable();
}
