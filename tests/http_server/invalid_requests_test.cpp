// A table of invalid requests that the parser must reject.
#include "http_server/toy_server.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

struct InvalidRequest {
  const char* description;
  std::string bytes;
  int status;
  bool closes_connection = false;
};

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: t\r\n\r\n";
}

std::string post(const std::string& fields, const std::string& body = "",
                 const char* path = "/echo") {
  return std::string("POST ") + path + " HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n" + body;
}

std::string post_json(const std::string& body, const char* path = "/json") {
  return post(
      "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n",
      body, path);
}

std::string chunked(const std::string& body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

void check_problem(const RawResponse& answer) {
  CHECK(answer.header("content-type") == "application/problem+json");
  CHECK(answer.header("x-content-type-options") == "nosniff");
  CHECK(answer.header("cache-control") == "no-store");
  CHECK_FALSE(answer.header("x-request-id").empty());
  CHECK_FALSE(answer.header("date").empty());
  CHECK(answer.count("server") == 0);
  const auto body = json::parse(answer.body);
  CHECK(support::integer_in(body, "status") == answer.status);
  CHECK(support::text_in(body, "type").rfind("/problems/", 0) == 0);
  CHECK(support::text_in(body, "instance") == answer.header("x-request-id"));
  CHECK(support::text_in(body, "error") == support::text_in(body, "detail"));
  CHECK_FALSE(support::text_in(body, "title").empty());
}

void check_request(ToyServer& server, const InvalidRequest& row) {
  INFO(row.description);
  auto client = server.client();
  const auto answer = client.send(row.bytes).read_response();
  REQUIRE(answer);
  CHECK(answer->status == row.status);
  if (answer->status >= 400) check_problem(*answer);
  CHECK((answer->header("connection") == "close") == row.closes_connection);
  if (row.closes_connection) {
    CHECK(client.is_closed());
  } else {
    const auto next = client.get("/hello");
    REQUIRE(next);
    CHECK(next->status == 200);
  }
}

void check_requests(ToyServer& server, const std::vector<InvalidRequest>& rows) {
  for (const auto& row : rows) check_request(server, row);
}

}  // namespace

TEST_CASE("a malformed request line is refused") {
  ToyServer server;
  check_requests(
      server,
      {
          {"1 garbage", "garbage\r\n\r\n", 400, true},
          {"1 binary without newline", std::string("\x16\x03\x01\x02\x00\x01", 6), 400, true},
          {"1 two spaces", "GET  /hello HTTP/1.1\r\nHost: t\r\n\r\n", 400, true},
          {"1 trailing space", "GET /hello HTTP/1.1 \r\nHost: t\r\n\r\n", 400, true},
          {"1 no version", "GET /hello\r\n\r\n", 400, true},
          {"1 tab", "GET\t/hello\tHTTP/1.1\r\nHost: t\r\n\r\n", 400, true},
          {"1 lower-case version", "GET /hello http/1.1\r\nHost: t\r\n\r\n", 400, true},
          {"1 blank lines without end", repeated("\r\n", 6), 400, true},
          {"2 HTTP/3.7", "GET /hello HTTP/3.7\r\nHost: t\r\n\r\n", 505, true},
          {"2 HTTP/2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, true},
          {"5 long target", get("/" + std::string(9000, 'a')), 414, true},
          {"5 long target without newline", "GET /" + std::string(9000, 'a'), 414, true},
      });
}

TEST_CASE("a request without exactly one Host is refused") {
  ToyServer server;
  check_requests(
      server,
      {
          {"3 none", "GET /hello HTTP/1.1\r\n\r\n", 400, true},
          {"3 two", "GET /hello HTTP/1.1\r\nHost: t\r\nHost: t\r\n\r\n", 400, true},
          {"3 malformed", "GET /hello HTTP/1.1\r\nHost: t/x@y\r\n\r\n", 400, true},
          {"3 bad port", "GET /hello HTTP/1.1\r\nHost: t:80x\r\n\r\n", 400, true},
          {"3 IPv6", "GET /hello HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n", 200},
          {"absolute form", "GET http://t/hello HTTP/1.1\r\nHost: t\r\n\r\n", 200},
          {"absolute form of another scheme", "GET ftp://t/hello HTTP/1.1\r\nHost: t\r\n\r\n", 400},
      });
}

TEST_CASE("a Host that is not allowed is answered 421") {
  ToyServer server([](http::ServerOptions& options) {
    options.allowed_hosts = {"t", ".Example.org", "one:81"};
  });
  const auto with = [](const std::string& host) {
    return "GET /hello HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
  };
  check_requests(server, {
                             {"exact", with("t"), 200},
                             {"case and port", with("T:8000"), 200},
                             {"domain", with("example.org"), 200},
                             {"below the domain", with("a.b.example.org"), 200},
                             {"with its port", with("one:81"), 200},
                         });
  for (const auto* host : {"evil", "t.evil", "badexample.org", "one:82", "one", ""}) {
    INFO(host);
    auto client = server.client();
    const auto answer = client.send(with(host)).read_response();
    REQUIRE(answer);
    CHECK(answer->status == 421);
    CHECK(answer->header("connection").empty());
  }
  auto client = server.client();
  const auto answer =
      client.send("GET http://evil/hello HTTP/1.1\r\nHost: t\r\n\r\n").read_response();
  REQUIRE(answer);
  CHECK(answer->status == 421);
}

TEST_CASE("an allowed Host matches in any spelling") {
  ToyServer server([](http::ServerOptions& options) {
    options.allowed_hosts = {"LocalHost", ".Example.org.", "::1",
                             "one:81",    "two:80",        "[2001:db8::2]"};
  });
  const auto get_from = [](const std::string& host) {
    return "GET /hello HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
  };
  for (const auto* host :
       {"localhost", "localhost.", "LOCALHOST.:8000", "localhost:", "local%68ost", "localhost%2E",
        "example.org.", "a.EXAMPLE.org.", "[::1]", "[0:0:0:0:0:0:0:1]:8000", "one.:81", "one:0081",
        "two", "two.", "[2001:DB8:0::2]"}) {
    INFO(host);
    CHECK(server.client().send(get_from(host)).read_response()->status == 200);
    CHECK(
        server.client()
            .send("GET http://" + std::string(host) + "/hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .read_response()
            ->status == 200);
  }
  for (const auto* host :
       {"localhost..", ".", ".localhost", "local%zzost", "localhost%00", "localhost%2fevil",
        "[::2]", "one", "one:8", "two:81", "example.org..", "badexample.org.", "localhost.evil"}) {
    INFO(host);
    CHECK(server.client().send(get_from(host)).read_response()->status == 421);
  }
}

TEST_CASE("header fields are limited in size, number and sum") {
  ToyServer server;
  const auto with = [](const std::string& fields) {
    return "GET /hello HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n";
  };
  check_requests(
      server,
      {
          {"6 long line", with("X: " + std::string(9000, 'a') + "\r\n"), 431, true},
          {"6 no newline ever", "GET /hello HTTP/1.1\r\nX: " + std::string(9000, 'a'), 431, true},
          {"7 101 fields", with(repeated("A: b\r\n", 100)), 431, true},
          {"7 100 fields", with(repeated("A: b\r\n", 99)), 200},
          {"8 sum", with(repeated("A: " + std::string(4000, 'b') + "\r\n", 9)), 431, true},
      });
}

TEST_CASE("a request with an ambiguous length is refused") {
  ToyServer server;
  check_requests(
      server,
      {
          {"11 both", post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400,
           true},
          {"11 both, other order",
           post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"), 400, true},
          {"12 two lengths", post("Content-Length: 1\r\nContent-Length: 2\r\n", "xx"), 400, true},
          {"12 the same twice", post("Content-Length: 1\r\nContent-Length: 1\r\n", "x"), 400, true},
          {"13 -1", post("Content-Length: -1\r\n"), 400, true},
          {"13 +5", post("Content-Length: +5\r\n", "xxxxx"), 400, true},
          {"13 0x10", post("Content-Length: 0x10\r\n"), 400, true},
          {"13 5, 6", post("Content-Length: 5, 6\r\n"), 400, true},
          {"13 2^64", post("Content-Length: 18446744073709551616\r\n"), 400, true},
          {"13 empty", post("Content-Length:\r\n"), 400, true},
          {"14 xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 501, true},
          {"14 gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501,
           true},
          {"14 chunked, gzip", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), 400,
           true},
          {"14 chunked twice",
           post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400,
           true},
          {"14 empty", post("Transfer-Encoding:\r\n", "0\r\n\r\n"), 400, true},
          {"14 in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           400, true},
          {"15 -2", chunked("-2\r\n"), 400, true},
          {"15 zz", chunked("zz\r\n"), 400, true},
          {"15 17 digits", chunked("00000000000000001\r\nx\r\n0\r\n\r\n"), 400, true},
          {"15 empty size", chunked("\r\n\r\n"), 400, true},
          {"15 chunk longer than said", chunked("1\r\nxx\r\n0\r\n\r\n"), 400, true},
          {"15 endless extension", chunked("1;" + std::string(300, 'x')), 400, true},
          {"15 bare LF in a chunk", chunked("1\nx\n0\n\n"), 400, true},
          {"chunks with extension and trailer", chunked("1;a=b\r\nx\r\n0\r\nT: v\r\n\r\n"), 200},
          {"trailer with a control byte", chunked("0\r\nT: \x01\r\n\r\n"), 400, true},
          {"trailers without end", chunked("0\r\n" + repeated("T: v\r\n", 120)), 431, true},
      });
}

TEST_CASE("a body over the limit is refused before it is read") {
  ToyServer server([](http::ServerOptions& options) { options.limits.max_body = 1000; });
  check_requests(
      server,
      {
          {"16 chunked", chunked("3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\nx\r\n0\r\n\r\n"),
           413, true},
          {"16 chunk size alone", chunked("ffffffffffffffff\r\n"), 413, true},
          {"16 at the limit", chunked("3e8\r\n" + std::string(1000, 'x') + "\r\n0\r\n\r\n"), 200},
          {"17 10 GiB", post("Content-Length: 10737418240\r\n"), 413, true},
          {"17 one more", post("Content-Length: 1001\r\n", std::string(1001, 'x')), 413, true},
          {"17 at the limit", post("Content-Length: 1000\r\n", std::string(1000, 'x')), 200},
          {"18 Expect over the limit", post("Content-Length: 2000\r\nExpect: 100-continue\r\n"),
           413, true},
          {"18 other Expect", post("Content-Length: 1\r\nExpect: miracles\r\n", "x"), 417, true},
          {"18 other Expect without a body", post("Expect: miracles\r\n"), 417},
      });
}

TEST_CASE("a body with a content encoding is refused") {
  ToyServer server;
  check_requests(
      server,
      {
          {"19 gzip", post("Content-Encoding: gzip\r\nContent-Length: 3\r\n", "xyz"), 415},
          {"19 br, chunked",
           post("Content-Encoding: br\r\nTransfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\n\r\n"),
           415},
          {"19 identity", post("Content-Encoding: identity\r\nContent-Length: 3\r\n", "xyz"), 200},
          {"19 gzip, waiting",
           post("Content-Encoding: gzip\r\nContent-Length: 3\r\nExpect: 100-continue\r\n"), 415,
           true},
      });
}

TEST_CASE("malformed header fields are refused") {
  ToyServer server;
  const auto with = [](const std::string& fields) {
    return "GET /hello HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n";
  };
  check_requests(server,
                 {
                     {"20 obs-fold", with("A: b\r\n c\r\n"), 400, true},
                     {"20 folded by tab", with("A: b\r\n\tc\r\n"), 400, true},
                     {"20 bare LF", "GET /hello HTTP/1.1\nHost: t\n\n", 400, true},
                     {"20 one bare LF", "GET /hello HTTP/1.1\r\nHost: t\nA: b\r\n\r\n", 400, true},
                     {"20 space before colon", with("A : b\r\n"), 400, true},
                     {"20 no colon", with("A\r\n"), 400, true},
                     {"20 no name", with(": b\r\n"), 400, true},
                     {"20 name with a control byte", with("A\x01: b\r\n"), 400, true},
                     {"21 NUL", with(std::string("A: b\0c\r\n", 8)), 400, true},
                     {"21 control", with("A: b\x07\r\n"), 400, true},
                     {"21 DEL", with("A: b\x7f\r\n"), 400, true},
                     {"21 bare CR", with("A: b\rc\r\n"), 400, true},
                     {"tab and Latin-1 inside a value", with("A: b\tc \xe9\r\n"), 200},
                 });
}

TEST_CASE("a path is decoded once, and an unsafe path is refused") {
  ToyServer server;
  check_requests(server,
                 {
                     {"22 ..", get("/items/../hello"), 400},
                     {"22 .. at the end", get("/items/.."), 400},
                     {"22 .", get("/./hello"), 400},
                     {"22 %2e%2e%2f", get("/items/%2e%2e%2fhello"), 400},
                     {"22 %2e%2e", get("/items/%2E%2e/hello"), 400},
                     {"22 encoded slash", get("/items/a%2fb"), 400},
                     {"22 %00", get("/items/a%00b"), 400},
                     {"22 %0d%0a", get("/items/a%0d%0ab"), 400},
                     {"22 backslash", get("/items/a\\b"), 400},
                     {"22 encoded backslash", get("/items/a%5Cb"), 400},
                     {"23 %zz", get("/items/%zz"), 400},
                     {"23 %4", get("/items/%4"), 400},
                     {"23 overlong", get("/items/%c0%af"), 400},
                     {"23 invalid UTF-8", get("/items/%ff"), 400},
                     {"23 surrogate", get("/items/%ed%a0%80"), 400},
                     {"a fragment", get("/hello#x"), 400},
                     {"no slash", get("hello"), 400},
                     {"encoded text", get("/items/%E2%82%AC%20x"), 200},
                     {"%zz in the query", get("/describe?a=%zz"), 400},
                     {"invalid UTF-8 in the query", get("/describe?a=%ff"), 400},
                     {"%00 in the query", get("/describe?a=%00"), 400},
                     {"100 5,000 segments", get(repeated("/a", 4000)), 404},
                     {"100 65 parameters", get("/describe?" + repeated("a=1&", 65)), 400},
                     {"100 64 parameters", get("/describe?" + repeated("a=1&", 64)), 200},
                     {"100 10,000 parameters", get("/describe?" + repeated("a&", 4000)), 400},
                 });
}

TEST_CASE("unknown paths are 404 and unsupported methods 405") {
  ToyServer server;
  check_requests(server,
                 {
                     {"24 unknown", get("/nowhere"), 404},
                     {"24 empty segment", get("//hello"), 404},
                     {"25 wrong method", post("Content-Length: 2\r\n", "{}", "/hello"), 405},
                     {"26 TRACE", "TRACE /hello HTTP/1.1\r\nHost: t\r\n\r\n", 405},
                     {"26 CONNECT", "CONNECT t:80 HTTP/1.1\r\nHost: t\r\n\r\n", 405},
                     {"unknown method", "BREW /hello HTTP/1.1\r\nHost: t\r\n\r\n", 501},
                     {"lower-case method", "get /hello HTTP/1.1\r\nHost: t\r\n\r\n", 501},
                 });
  auto client = server.client();
  CHECK(client.send(post("", "", "/hello")).read_response()->header("allow") ==
        "GET, HEAD, OPTIONS");
  CHECK(client.send("TRACE /echo HTTP/1.1\r\nHost: t\r\n\r\n").read_response()->header("allow") ==
        "POST, DELETE, OPTIONS");
  CHECK(client.send("OPTIONS /echo HTTP/1.1\r\nHost: t\r\n\r\n").read_response()->header("allow") ==
        "POST, DELETE, OPTIONS");
  CHECK(client.send("OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n").read_response()->status == 204);
}

TEST_CASE("bodies of another type or form are refused") {
  ToyServer server;
  const auto typed = [](const char* type) {
    return post(std::string("Content-Type: ") + type + "\r\nContent-Length: 13\r\n",
                "{\"user_id\":1}", "/json");
  };
  const auto accepting = [](const char* accept, const char* path = "/hello") {
    return std::string("GET ") + path + " HTTP/1.1\r\nHost: t\r\nAccept: " + accept + "\r\n\r\n";
  };
  check_requests(
      server,
      {
          {"28 form", typed("application/x-www-form-urlencoded"), 415},
          {"28 text", typed("text/plain"), 415},
          {"28 no type", post("Content-Length: 13\r\n", "{\"user_id\":1}", "/json"), 201},
          {"28 no body", post("Content-Type: text/plain\r\n", "", "/optional"), 201},
          {"29 xml only", accepting("application/xml"), 406},
          {"29 json refused", accepting("application/json;q=0"), 406},
          {"29 xml and anything", accepting("application/xml, */*;q=0.1"), 200},
          {"29 json among others", accepting("text/html, application/JSON;q=0.9"), 200},
          {"29 application/*", accepting("application/*"), 200},
          {"29 text for metrics", accepting("text/plain", "/metrics"), 200},
          {"29 malformed", accepting("x"), 200},
          {"29 a parameter that ends in q", accepting("application/json;seq=0"), 200},
          {"29 a q in quotes", accepting("application/json;profile=\"a;q=0\""), 200},
          {"29 a comma in quotes", accepting("text/html;a=\"b, application/json\""), 406},
          {"29 an escaped quote", accepting("application/json;a=\"\\\";q=0\""), 200},
          {"29 a quote without end", accepting("text/html;a=\", application/json"), 200},
          {"29 spaces and capitals", accepting("application/json ; Q = 0.000"), 406},
          {"29 behind another parameter", accepting("application/json;v=1; q=0"), 406},
          {"29 malformed q", accepting("application/json;q=zero"), 200},
          {"29 empty q", accepting("application/json;q="), 200},
          {"29 json alone refused", accepting("application/json;q=0, */*"), 406},
          {"29 all but json refused", accepting("*/*;q=0, application/json"), 200},
          {"29 application refused", accepting("application/*;q=0, */*;q=1"), 406},
          {"29 two fields", accepting("application/xml\r\nAccept: application/json"), 200},
          {"29 two fields without it", accepting("application/xml\r\nAccept: text/html"), 406},
          {"29 xml for a command", post("Accept: application/xml\r\n", "", "/optional"), 406},
      });
  auto client = server.client();
  CHECK(client.get("/metrics", "Accept: application/json\r\n")
            ->body.find("this answers text/plain only") != std::string::npos);
  CHECK(client.get("/hello", "Accept: text/plain\r\n")
            ->body.find("this answers application/json only") != std::string::npos);
}

TEST_CASE("JSON that is malformed or of the wrong shape is refused") {
  ToyServer server;
  std::string deep;
  for (int i = 0; i < 10000; ++i) deep += "[";
  check_requests(server, {
                             {"30 truncated", post_json("{\"user_id\":1"), 400},
                             {"30 trailing data", post_json("{\"user_id\":1}x"), 400},
                             {"30 empty", post_json(""), 400},
                             {"31 depth", post_json(deep), 400},
                             {"32 duplicate keys", post_json("{\"user_id\":1,\"user_id\":2}"), 400},
                             {"33 lone surrogate", post_json("{\"user_id\":\"\\ud800\"}"), 400},
                             {"33 invalid UTF-8", post_json("{\"user_id\":\"\xff\"}"), 400},
                             {"33 BOM", post_json("\xef\xbb\xbf{\"user_id\":1}"), 400},
                             {"34 NaN", post_json("{\"user_id\":NaN}"), 400},
                             {"34 1e400", post_json("{\"user_id\":1e400}"), 400},
                             {"34 2^63", post_json("{\"user_id\":9223372036854775808}"), 400},
                             {"34 1.5", post_json("{\"user_id\":1.5}"), 400},
                             {"35 array", post_json("[1]"), 400},
                             {"35 null", post_json("null"), 400},
                             {"35 wrong type", post_json("{\"user_id\":{}}"), 400},
                             {"41 in a body", post_json("{\"user_id\":\"01\"}"), 400},
                             {"41 in a path", get("/id/01"), 404},
                             {"43 twice", get("/limit?limit=1&limit=1"), 400},
                             {"good", post_json("{\"user_id\":\"5\",\"is_admin\":true}"), 201},
                         });
}

TEST_CASE("a Range header is ignored") {
  ToyServer server;
  std::string ranges = "Range: bytes=0-";
  for (int i = 0; i < 1000; ++i) ranges += ",0-";
  const auto answer = server.get("/kilobytes", ranges + "\r\n");
  CHECK(answer.status == 200);
  CHECK(answer.body.size() == 25002);
  CHECK(answer.count("content-range") == 0);
  CHECK(answer.count("accept-ranges") == 0);
}
