// The bad inputs that concern these endpoints, one row a request: what is sent, what must come
// back.
#include "support/api.hpp"

using namespace feedctl;
using namespace feedctl::api;

namespace {

struct InvalidInput {
  int number;
  const char* description;
  std::string method;
  std::string target;
  std::string body;
  support::HttpHeaders headers;
  int status;
};

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string json_text(const std::string& text) {
  return R"({"text":")" + text + "\"}";
}

}  // namespace

TEST_CASE("every invalid request is answered with a problem that states the error") {
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  const auto http = serve.client();
  const auto ana = create_user(http, "ana"), bo = create_user(http, "bo");
  const auto post = create_post(http, ana);
  const auto gone = create_post(http, ana);
  REQUIRE(http.del("/v1/feed/posts/" + std::to_string(gone) + "/delete/").status == 204);
  const auto p = [&](std::int64_t id, const std::string& more = "") {
    return "/v1/feed/posts/" + std::to_string(id) + "/" + more;
  };
  const auto me = std::to_string(ana);
  // A cursor of another user's feed, and one of another list.
  for (int i = 0; i < 3; ++i) create_post(http, bo);
  const auto bos = text_member(
      parse_body(http.get("/v1/feed?limit=1&user_id=" + std::to_string(bo))), "next_cursor");
  auto tampered = bos;
  tampered[3] = tampered[3] == 'A' ? 'B' : 'A';

  const std::string big_id = "9223372036854775808";
  std::vector<InvalidInput> rows{
      {24, "unknown route", "GET", "/v1/nothing", "", {}, 404},
      {24, "unknown route below a known one", "GET", "/v1/feed/posts/1/nothing/", "", {}, 404},
      {25, "wrong method", "DELETE", "/v1/feed/posts/", "", {}, 405},
      {25, "wrong method on hot", "POST", "/v1/feed/hot", "", {}, 405},
      {27,
       "CORS preflight of a foreign origin",
       "OPTIONS",
       "/v1/feed/posts/",
       "",
       {{"Origin", "https://evil.example"}, {"Access-Control-Request-Method", "POST"}},
       204},
      {28,
       "form instead of JSON",
       "POST",
       "/v1/feed/posts/",
       "text=hi",
       {{"Content-Type", "application/x-www-form-urlencoded"}},
       415},
      {28, "JSON as text", "POST", "/v1/feed/posts/", "{}", {{"Content-Type", "text/plain"}}, 415},
      {29, "only XML accepted", "GET", p(post), "", {{"Accept", "application/xml"}}, 406},
      {30, "truncated JSON", "POST", "/v1/feed/posts/", R"({"text":"a)", {}, 400},
      {30, "trailing data", "POST", "/v1/feed/posts/", "{} {}", {}, 400},
      {30, "empty body where a member is required", "POST", p(post, "likes/"), "", {}, 400},
      {31,
       "JSON depth 10,000",
       "POST",
       "/v1/feed/posts/",
       R"({"a":)" + repeated("[", 10000) + repeated("]", 10000) + "}",
       {},
       400},
      {32, "duplicate keys", "POST", "/v1/feed/posts/", R"({"text":"a","text":"b"})", {}, 400},
      {33, "lone surrogate", "POST", "/v1/feed/posts/", json_text("\\ud800"), {}, 400},
      {33, "invalid UTF-8", "POST", "/v1/feed/posts/", json_text("\xff\xfe"), {}, 400},
      {33, "byte order mark", "POST", "/v1/feed/posts/", "\xef\xbb\xbf{}", {}, 400},
      {34, "NaN", "POST", p(post, "likes/"), R"({"user_id":NaN})", {}, 400},
      {34, "1e400", "POST", p(post, "likes/"), R"({"user_id":1e400})", {}, 400},
      {34, "2^63", "POST", p(post, "likes/"), R"({"user_id":)" + big_id + "}", {}, 400},
      {34, "1.5 where an integer is due", "POST", p(post, "likes/"), R"({"user_id":1.5})", {}, 400},
      {35, "top-level array", "POST", "/v1/feed/posts/", "[]", {}, 400},
      {35, "text of the wrong type", "POST", "/v1/feed/posts/", R"({"text":5})", {}, 400},
      {35, "user_id null", "POST", p(post, "likes/"), R"({"user_id":null})", {}, 400},
      {35, "handle null", "POST", "/v1/users", R"({"handle":null})", {}, 400},
      {36,
       "unknown member",
       "POST",
       "/v1/feed/posts/",
       R"({"is_admin":true,"id":5,"view_count":7})",
       {},
       201},
      {37, "text with U+0000", "POST", "/v1/feed/posts/", json_text("a\\u0000b"), {}, 400},
      {38, "white space alone", "POST", "/v1/feed/posts/", json_text(" \\n\\t"), {}, 400},
      {38, "zero-width alone", "POST", "/v1/feed/posts/", json_text("\xe2\x80\x8b"), {}, 400},
      {38, "empty text", "POST", "/v1/feed/posts/", json_text(""), {}, 201},
      {39,
       "10,001 code points",
       "POST",
       "/v1/feed/posts/",
       json_text(repeated("\xc3\xa9", 10001)),
       {},
       400},
      {42, "unknown post", "GET", p(99999), "", {}, 404},
      {42, "deleted post", "GET", p(gone), "", {}, 404},
      {42, "like of a deleted post", "POST", p(gone, "likes/"), R"({"user_id":1})", {}, 404},
      {44,
       "tampered cursor",
       "GET",
       "/v1/feed?user_id=" + std::to_string(bo) + "&cursor=" + tampered,
       "",
       {},
       400},
      {44,
       "another user's cursor",
       "GET",
       "/v1/feed?user_id=" + me + "&cursor=" + bos,
       "",
       {},
       400},
      {44,
       "another list's cursor",
       "GET",
       "/v1/users/" + std::to_string(bo) + "/posts?cursor=" + bos,
       "",
       {},
       400},
      {44, "no cursor of ours", "GET", "/v1/feed?user_id=" + me + "&cursor=%00", "", {}, 400},
      {45, "unlike absent", "DELETE", p(post, "likes/7/"), "", {}, 404},
      {45,
       "unfollow absent",
       "POST",
       "/v1/users/" + std::to_string(bo) + "/unfollow",
       R"({"user_id":)" + me + "}",
       {},
       200},
      {45,
       "follow",
       "POST",
       "/v1/users/" + std::to_string(bo) + "/follow",
       R"({"user_id":)" + me + "}",
       {},
       200},
      {45,
       "follow twice",
       "POST",
       "/v1/users/" + std::to_string(bo) + "/follow",
       R"({"user_id":)" + me + "}",
       {},
       200},
      {47,
       "follow self",
       "POST",
       "/v1/users/" + me + "/follow",
       R"({"user_id":)" + me + "}",
       {},
       400},
      {48,
       "follow an unknown user",
       "POST",
       "/v1/users/99999/follow",
       R"({"user_id":)" + me + "}",
       {},
       404},
      {48,
       "an unknown user follows",
       "POST",
       "/v1/users/" + me + "/follow",
       R"({"user_id":99999})",
       {},
       404},
      {52,
       "delete another's post",
       "DELETE",
       p(post, "delete/"),
       "",
       {{"X-User-Id", std::to_string(bo)}},
       403},
      {95, "SQL in a handle", "POST", "/v1/users", R"({"handle":"' OR 1=1--"})", {}, 400},
      {95, "SQL in a query", "GET", "/v1/users?handle=%27%20OR%201%3D1--", "", {}, 404},
      {95,
       "SQL in a text",
       "POST",
       "/v1/feed/posts/",
       json_text("'; DROP TABLE posts; -- % _ \\\\"),
       {},
       201},
      {101, "ranges", "GET", p(post), "", {{"Range", "bytes=0-,0-,0-,0-"}}, 200},
  };
  for (const char* id : {"0", "-1", "1e3", "%201", "9223372036854775808", "01", "abc"}) {
    rows.push_back(
        {41, "no id in a path", "GET", std::string("/v1/feed/posts/") + id + "/", "", {}, 404});
    rows.push_back({41,
                    "no id in a likes path",
                    "DELETE",
                    p(post, std::string("likes/") + id + "/"),
                    "",
                    {},
                    400});
    rows.push_back({41,
                    "no id in a body",
                    "POST",
                    "/v1/likes",
                    R"({"user_id":1,"post_id":")" + std::string(id) + "\"}",
                    {},
                    400});
  }
  for (const char* limit : {"limit=0", "limit=-1", "limit=abc", "limit=1e9", "limit=101",
                            "limit=5&limit=6", "limit="}) {
    rows.push_back(
        {43, "limit of the feed", "GET", "/v1/feed?user_id=" + me + "&" + limit, "", {}, 400});
  }
  for (const char* limit :
       {"limit=0", "limit=-1", "limit=abc", "limit=1e9", "limit=1001", "limit=5&limit=6"}) {
    rows.push_back({43, "limit of hot", "GET", std::string("/v1/feed/hot?") + limit, "", {}, 400});
  }

  for (const auto& row : rows) {
    INFO("row " << row.number << ": " << row.description << ": " << row.method << " "
                << row.target.substr(0, 120) << " " << row.body.substr(0, 80));
    const auto answer = http.send(row.method, row.target, row.body, row.headers);
    INFO("answer: " << answer.body.substr(0, 200));
    CHECK(answer.status == row.status);
    if (answer.status >= 400) {
      CHECK(answer.header("content-type") == "application/problem+json");
      const auto problem = parse_body(answer);
      CHECK(integer_member(problem, "status") == row.status);
      for (const char* member : {"type", "title", "detail", "instance", "error"})
        CHECK_FALSE(text_member(problem, member).empty());
    }
    if (row.number == 25) CHECK_FALSE(answer.header("allow").empty());
    if (row.number == 27) CHECK(answer.header("access-control-allow-origin").empty());
  }
  CHECK(database.execute("SELECT count(*) FROM users") == "2");
}

TEST_CASE("row 40: ten thousand combining marks are stored byte for byte") {
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  const auto http = serve.client();
  const auto marks = "e" + repeated("\xcc\x81", 9999);
  const auto answer = http.post("/v1/feed/posts/", json_text(marks));
  REQUIRE(answer.status == 201);
  const auto id = integer_member(parse_body(answer), "id");
  CHECK(text_member(parse_body(http.get("/v1/feed/posts/" + std::to_string(id))), "text") == marks);
}

TEST_CASE("row 45: a repeated like returns the first like") {
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  const auto http = serve.client();
  const auto post = create_post(http);
  const auto first = like(http, post, 3), second = like(http, post, 3);
  CHECK(first.status == 201);
  CHECK(second.status == 200);
  CHECK(first.body == second.body);
}
