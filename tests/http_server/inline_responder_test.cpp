// Inline responses: the loop makes them, and they equal the handler's.
#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "http/compress.hpp"
#include "http_server/toy_server.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

// Ignores the fields that differ between any two responses.
bool equal_except_date(const RawResponse& a, const RawResponse& b) {
  const auto kept = [](const RawResponse& answer) {
    auto headers = answer.headers;
    for (auto& [name, value] : headers) {
      if (name == "date" || name == "x-request-id" || name == "traceparent") value.clear();
    }
    return headers;
  };
  return a.status == b.status && kept(a) == kept(b) && a.body == b.body;
}

struct BothResponses {
  RawResponse inline_response, handler;
};

BothResponses fetch_both(ToyServer& toy, const std::string& request, bool head = false) {
  BothResponses answers;
  const auto ask = [&](bool on) {
    toy.memory.on = on;
    auto client = toy.client();
    auto answer = client.send(request).read_response(head);
    REQUIRE(answer);
    return *answer;
  };
  const int given = toy.memory.inline_responses, handled = toy.memory.handler_calls;
  answers.inline_response = ask(true);
  REQUIRE(toy.memory.inline_responses == given + 1);
  REQUIRE(toy.memory.handler_calls == handled);
  answers.handler = ask(false);
  REQUIRE(toy.memory.inline_responses == given + 1);
  REQUIRE(toy.memory.handler_calls == handled + 1);
  toy.memory.on = true;
  return answers;
}

std::string get(const std::string& fields, const std::string& method = "GET") {
  return method + " /ready/it HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

}  // namespace

TEST_CASE("an inline response has the same fields in the same order and the same bytes") {
  ToyServer toy([](http::ServerOptions& o) { o.cors_origins = {"https://a.example"}; });
  const std::vector<std::string> fields{
      "",
      "Accept: application/json\r\nUser-Agent: test/1.0\r\nCookie: a=b; c=d\r\n",
      "Accept: text/html, */*;q=0.1\r\n",
      "If-None-Match: \"v1\"\r\n",
      "If-None-Match: W/\"v1\"\r\nAccept-Encoding: gzip\r\n",
      "If-None-Match: \"v0\", \"v2\"\r\n",
      "If-None-Match: *\r\n",
      "Origin: https://a.example\r\n",
      "Origin: https://b.example\r\n",
      "X-Request-Id: mine\r\nTraceparent: "
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
      "Connection: close\r\n",
      "connection: Keep-Alive\r\n",
      "Range: bytes=0-1\r\n",
      "Authorization: Bearer x\r\n",
      "X-Forwarded-For: 1.2.3.4\r\n",
  };
  for (const auto& more : fields) {
    CAPTURE(more);
    const auto answers = fetch_both(toy, get(more));
    CHECK(equal_except_date(answers.inline_response, answers.handler));
    const auto heads = fetch_both(toy, get(more, "HEAD"), true);
    CHECK(equal_except_date(heads.inline_response, heads.handler));
    CHECK(heads.inline_response.body.empty());
  }
  const auto named = fetch_both(toy, get("X-Request-Id: mine\r\n"));
  CHECK(named.inline_response.header("x-request-id") == "mine");
  CHECK(named.handler.header("x-request-id") == "mine");
}

TEST_CASE("a client that accepts gzip gets the precompressed response") {
  ToyServer toy;
  const auto answers = fetch_both(toy, get("Accept-Encoding: gzip, br\r\n"));
  for (const auto& answer : {answers.inline_response, answers.handler}) {
    CHECK(answer.header("content-encoding") == "gzip");
    CHECK(answer.header("vary") == "Accept-Encoding");
    CHECK(answer.header("etag") == "W/\"v1\"");
    CHECK(answer.body.size() == std::stoul(answer.header("content-length")));
  }
  const auto plain = toy.get("/ready/it");
  CHECK(answers.inline_response.body == http::gzip(plain.body, http::high_gzip_level));
  CHECK(plain.header("etag") == "\"v1\"");
  const auto refused = toy.get("/ready/it", "Accept-Encoding: gzip;q=0\r\n");
  CHECK(refused.body == plain.body);
}

TEST_CASE("a 304 repeats the Vary of the 200") {
  ToyServer toy;
  for (const auto* asked : {"If-None-Match: \"v1\"\r\n", "If-None-Match: *\r\n",
                            "If-None-Match: W/\"v1\"\r\nAccept-Encoding: gzip\r\n"}) {
    CAPTURE(asked);
    const auto answers = fetch_both(toy, get(asked));
    for (const auto& answer : {answers.inline_response, answers.handler}) {
      CHECK(answer.status == 304);
      CHECK(answer.header("vary") == "Accept-Encoding");
      CHECK(answer.count("vary") == 1);
    }
  }
  ToyServer off([](http::ServerOptions& o) { o.gzip = false; });
  const auto answers = fetch_both(off, get("If-None-Match: \"v1\"\r\n"));
  CHECK(answers.inline_response.count("vary") == 0);
  CHECK(equal_except_date(answers.inline_response, answers.handler));
}

TEST_CASE("an inline response for one client only has the same fields as the handler's") {
  ToyServer toy;
  const auto answered = [&](bool on, const std::string& fields) {
    toy.memory.on = on;
    return toy.get("/made", fields);
  };
  for (const auto* fields : {"", "If-None-Match: \"v1\"\r\n", "Accept-Encoding: gzip\r\n",
                             "If-None-Match: W/\"v1\"\r\nAccept-Encoding: gzip\r\n"}) {
    CAPTURE(fields);
    const int given = toy.memory.inline_responses;
    const auto memory = answered(true, fields);
    CHECK(toy.memory.inline_responses == given + 1);
    CHECK(equal_except_date(memory, answered(false, fields)));
    CHECK(memory.header("vary") == "Accept-Encoding");
    CHECK(memory.count("vary") == 1);
  }
}

TEST_CASE("a request not eligible for the fast path gets the same response from the handler") {
  ToyServer toy([](http::ServerOptions& o) { o.allowed_hosts = {"a"}; });
  const auto handled = [&](const std::string& request) {
    auto client = toy.client();
    const auto answer = client.send(request).read_response();
    REQUIRE(answer);
    return answer->status;
  };
  const std::string line = "GET /ready/it HTTP/1.1\r\n";
  CHECK(handled(line + "Host: a\r\nContent-Length: 2\r\n\r\nxy") == 200);
  CHECK(handled(line + "\r\n") == 400);
  CHECK(handled(line + "Host: a\r\nHost: a\r\n\r\n") == 400);
  CHECK(handled(line + "Host: b\r\n\r\n") == 421);
  CHECK(handled(line + "Host: a\nX: y\r\n\r\n") == 400);
  CHECK(handled(line + "Host: a\r\nX : y\r\n\r\n") == 400);
  CHECK(handled(line + "Host: a\r\n X: y\r\n\r\n") == 400);
  CHECK(handled(line + std::string("Host: a\r\nX: \0y\r\n\r\n", 17)) == 400);
  CHECK(handled(line + "Host: a\r\nExpect: magic\r\n\r\n") == 417);
  CHECK(handled(line + "Host: a\r\nContent-Encoding: gzip\r\n\r\n") == 415);
  CHECK(handled(line + "Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n") ==
        400);
  CHECK(handled(line + "Host: a\r\nX: " + std::string(9000, 'x') + "\r\n\r\n") == 431);
  CHECK(handled("GET /ready/./it HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(handled("GET /ready/it#x HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(handled("GET /ready/it HTTP/1.9\r\nHost: a\r\n\r\n") == 505);
  CHECK(handled("GET /ready/it?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(handled(line + "Host: a\r\nAccept: application/xml\r\n\r\n") == 406);
  CHECK(handled("GET /ready/%69t HTTP/1.1\r\nHost: a\r\n\r\n") == 200);
  CHECK(handled("GET http://a/ready/it HTTP/1.1\r\nHost: a\r\n\r\n") == 200);
  CHECK(handled("GET /ready/it HTTP/1.0\r\nHost: a\r\n\r\n") == 200);
}

TEST_CASE(
    "a request that arrives in pieces is also answered inline, and calls the responder once") {
  ToyServer toy;
  const auto request = get("User-Agent: pieces\r\n");
  const auto whole = toy.get("/ready/it", "User-Agent: pieces\r\n");
  for (std::size_t at = 1; at < request.size(); at += 7) {
    CAPTURE(at);
    const int asked = toy.memory.calls, handled = toy.memory.handler_calls;
    auto client = toy.client();
    client.send(request.substr(0, at));
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
    const auto answer = client.send(request.substr(at)).read_response();
    REQUIRE(answer);
    CHECK(equal_except_date(*answer, whole));
    CHECK(toy.memory.calls == asked + 1);
    CHECK(toy.memory.handler_calls == handled);
  }
}

TEST_CASE("a request with a repeated field goes to the handler, however it arrives") {
  ToyServer toy;
  const std::string twice = "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 1.2.3.5\r\n";
  const auto request = get(twice);
  for (const std::size_t at : {request.size(), request.size() / 2}) {
    const int handled = toy.memory.handler_calls;
    auto client = toy.client();
    client.send(request.substr(0, at));
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    CHECK(client.send(request.substr(at)).read_response()->status == 200);
    CHECK(toy.memory.handler_calls == handled + 1);
  }
  CHECK(toy.memory.calls == 0);
}

TEST_CASE("when the inline responder has no response it is called once and the handler answers") {
  ToyServer toy;
  const auto answer = toy.get("/ready/other");
  CHECK(answer.status == 200);
  CHECK(toy.memory.calls == 1);
  CHECK(toy.memory.handler_calls == 1);
}

TEST_CASE("pipelined requests are answered in order, inline or by a handler") {
  ToyServer toy;
  const std::vector<std::string> paths{"/ready/it", "/ready/it", "/hello",    "/ready/other",
                                       "/ready/it", "/nowhere",  "/ready/it", "/ready/it"};
  std::string all;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    all += "GET " + paths[i] + " HTTP/1.1\r\nHost: a\r\nX-Request-Id: r" + std::to_string(i) +
           "\r\n\r\n";
  }
  auto client = toy.client();
  client.send(all);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto answer = client.read_response();
    REQUIRE(answer);
    CHECK(answer->header("x-request-id") == "r" + std::to_string(i));
    CHECK(answer->status == (paths[i] == "/nowhere" ? 404 : 200));
  }
  CHECK(toy.memory.calls == 6);
  CHECK(toy.memory.inline_responses == 5);
}

TEST_CASE("between inline responses one empty line per request is accepted and more are refused") {
  ToyServer toy;
  auto client = toy.client();
  for (int i = 0; i < 10; ++i) {
    CAPTURE(i);
    client.send("\r\n");
    CHECK(client.is_silent(std::chrono::milliseconds{5}));
    const auto answer = client.send(get("")).read_response();
    REQUIRE(answer);
    CHECK(answer->status == 200);
  }
  CHECK(toy.memory.inline_responses == 10);
  for (int i = 0; i < 5; ++i) {
    client.send("\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  CHECK(client.read_response()->status == 400);
}

TEST_CASE("many pipelined requests are all answered though their answers fill every buffer") {
  ToyServer toy;
  constexpr int count = 900;
  std::string all;
  for (int i = 0; i < count; ++i) all += get("");
  auto client = toy.client();
  std::thread sender([&] { client.send(all); });
  std::this_thread::sleep_for(std::chrono::milliseconds{100});
  int answered = 0;
  while (answered < count && client.read_response()) ++answered;
  sender.join();
  CHECK(answered == count);
  CHECK(toy.memory.inline_responses == count);
}

TEST_CASE("the last inline response that a connection may have closes it") {
  ToyServer toy([](http::ServerOptions& o) { o.limits.max_requests_per_connection = 3; });
  auto client = toy.client();
  client.send(get("") + get("") + get("") + get(""));
  CHECK(client.read_response()->header("connection").empty());
  CHECK(client.read_response()->header("connection").empty());
  CHECK(client.read_response()->header("connection") == "close");
  CHECK(client.is_closed());
  auto other = toy.client();
  other.send(get("Connection: close\r\n") + get(""));
  CHECK(other.read_response()->header("connection") == "close");
  CHECK(other.is_closed());
}

TEST_CASE("inline responses are served while every handler is blocked") {
  ToyServer toy([](http::ServerOptions& o) { o.handler_threads = 2; });
  std::vector<RawClient> stuck;
  for (int i = 0; i < 2; ++i) {
    stuck.push_back(toy.client());
    stuck.back().send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  toy.gate.wait_for_arrivals(2);
  auto client = toy.client();
  for (int i = 0; i < 50; ++i) CHECK(client.send(get("")).read_response()->status == 200);
  CHECK(toy.get("/nowhere").status == 404);
  toy.gate.open();
  for (auto& one : stuck) CHECK(one.read_response()->status == 200);
}
