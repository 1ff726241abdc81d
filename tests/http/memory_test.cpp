// Answers from memory: on the loop, and not to be told from those of the handler.
#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "http/compress.hpp"
#include "http/toy_server.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

// What differs from one answer to the next however it came about.
bool same_but_for_moment(const Answer& a, const Answer& b) {
  const auto kept = [](const Answer& answer) {
    auto headers = answer.headers;
    for (auto& [name, value] : headers) {
      if (name == "date" || name == "x-request-id" || name == "traceparent") value.clear();
    }
    return headers;
  };
  return a.status == b.status && kept(a) == kept(b) && a.body == b.body;
}

struct Both {
  Answer memory, handler;
};

Both both(ToyServer& toy, const std::string& request, bool head = false) {
  Both answers;
  const auto ask = [&](bool on) {
    toy.memory.on = on;
    auto client = toy.client();
    auto answer = client.send(request).answer(head);
    REQUIRE(answer);
    return *answer;
  };
  const int given = toy.memory.given, handled = toy.memory.handled;
  answers.memory = ask(true);
  REQUIRE(toy.memory.given == given + 1);
  REQUIRE(toy.memory.handled == handled);
  answers.handler = ask(false);
  REQUIRE(toy.memory.given == given + 1);
  REQUIRE(toy.memory.handled == handled + 1);
  toy.memory.on = true;
  return answers;
}

std::string get(const std::string& fields, const std::string& method = "GET") {
  return method + " /ready/it HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

}  // namespace

TEST_CASE("an answer from memory has the same fields in the same order and the same bytes") {
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
    const auto answers = both(toy, get(more));
    CHECK(same_but_for_moment(answers.memory, answers.handler));
    const auto heads = both(toy, get(more, "HEAD"), true);
    CHECK(same_but_for_moment(heads.memory, heads.handler));
    CHECK(heads.memory.body.empty());
  }
  const auto named = both(toy, get("X-Request-Id: mine\r\n"));
  CHECK(named.memory.header("x-request-id") == "mine");
  CHECK(named.handler.header("x-request-id") == "mine");
}

TEST_CASE("a client that takes gzip gets the ready gzipped form") {
  ToyServer toy;
  const auto answers = both(toy, get("Accept-Encoding: gzip, br\r\n"));
  for (const auto& answer : {answers.memory, answers.handler}) {
    CHECK(answer.header("content-encoding") == "gzip");
    CHECK(answer.header("vary") == "Accept-Encoding");
    CHECK(answer.header("etag") == "W/\"v1\"");
    CHECK(answer.body.size() == std::stoul(answer.header("content-length")));
  }
  const auto plain = toy.get("/ready/it");
  CHECK(answers.memory.body == http::gzip(plain.body, http::thorough_level));
  CHECK(plain.header("etag") == "\"v1\"");
  const auto refused = toy.get("/ready/it", "Accept-Encoding: gzip;q=0\r\n");
  CHECK(refused.body == plain.body);
}

TEST_CASE("a 304 says what the 200 depends on, as long as that depends on anything") {
  ToyServer toy;
  for (const auto* asked : {"If-None-Match: \"v1\"\r\n", "If-None-Match: *\r\n",
                            "If-None-Match: W/\"v1\"\r\nAccept-Encoding: gzip\r\n"}) {
    CAPTURE(asked);
    const auto answers = both(toy, get(asked));
    for (const auto& answer : {answers.memory, answers.handler}) {
      CHECK(answer.status == 304);
      CHECK(answer.header("vary") == "Accept-Encoding");
      CHECK(answer.count("vary") == 1);
    }
  }
  ToyServer off([](http::ServerOptions& o) { o.gzip = false; });
  const auto answers = both(off, get("If-None-Match: \"v1\"\r\n"));
  CHECK(answers.memory.count("vary") == 0);
  CHECK(same_but_for_moment(answers.memory, answers.handler));
}

TEST_CASE("an answer made in memory for one client alone has the fields of the handler's") {
  ToyServer toy;
  const auto answered = [&](bool on, const std::string& fields) {
    toy.memory.on = on;
    return toy.get("/made", fields);
  };
  for (const auto* fields : {"", "If-None-Match: \"v1\"\r\n", "Accept-Encoding: gzip\r\n",
                             "If-None-Match: W/\"v1\"\r\nAccept-Encoding: gzip\r\n"}) {
    CAPTURE(fields);
    const int given = toy.memory.given;
    const auto memory = answered(true, fields);
    CHECK(toy.memory.given == given + 1);
    CHECK(same_but_for_moment(memory, answered(false, fields)));
    CHECK(memory.header("vary") == "Accept-Encoding");
    CHECK(memory.count("vary") == 1);
  }
}

TEST_CASE("what is not plain takes the long way to the same answer") {
  ToyServer toy([](http::ServerOptions& o) { o.allowed_hosts = {"a"}; });
  const auto handled = [&](const std::string& request) {
    auto client = toy.client();
    const auto answer = client.send(request).answer();
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

TEST_CASE("a request that comes in pieces is answered from memory, too, and asks it once") {
  ToyServer toy;
  const auto request = get("User-Agent: pieces\r\n");
  const auto whole = toy.get("/ready/it", "User-Agent: pieces\r\n");
  for (std::size_t at = 1; at < request.size(); at += 7) {
    CAPTURE(at);
    const int asked = toy.memory.asked, handled = toy.memory.handled;
    auto client = toy.client();
    client.send(request.substr(0, at));
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
    const auto answer = client.send(request.substr(at)).answer();
    REQUIRE(answer);
    CHECK(same_but_for_moment(*answer, whole));
    CHECK(toy.memory.asked == asked + 1);
    CHECK(toy.memory.handled == handled);
  }
}

TEST_CASE("a request with a field sent twice is its handler's, however it comes") {
  ToyServer toy;
  const std::string twice = "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 1.2.3.5\r\n";
  const auto request = get(twice);
  for (const std::size_t at : {request.size(), request.size() / 2}) {
    const int handled = toy.memory.handled;
    auto client = toy.client();
    client.send(request.substr(0, at));
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    CHECK(client.send(request.substr(at)).answer()->status == 200);
    CHECK(toy.memory.handled == handled + 1);
  }
  CHECK(toy.memory.asked == 0);
}

TEST_CASE("a route without an answer in memory is asked once and its handler answers") {
  ToyServer toy;
  const auto answer = toy.get("/ready/other");
  CHECK(answer.status == 200);
  CHECK(toy.memory.asked == 1);
  CHECK(toy.memory.handled == 1);
}

TEST_CASE("pipelined requests are answered in order, whichever way each is answered") {
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
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->header("x-request-id") == "r" + std::to_string(i));
    CHECK(answer->status == (paths[i] == "/nowhere" ? 404 : 200));
  }
  CHECK(toy.memory.asked == 6);
  CHECK(toy.memory.given == 5);
}

TEST_CASE("empty lines between answers from memory are those of one request each") {
  ToyServer toy;
  auto client = toy.client();
  for (int i = 0; i < 10; ++i) {
    CAPTURE(i);
    client.send("\r\n");
    CHECK(client.silent(std::chrono::milliseconds{5}));
    const auto answer = client.send(get("")).answer();
    REQUIRE(answer);
    CHECK(answer->status == 200);
  }
  CHECK(toy.memory.given == 10);
  for (int i = 0; i < 5; ++i) {
    client.send("\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  CHECK(client.answer()->status == 400);
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
  while (answered < count && client.answer()) ++answered;
  sender.join();
  CHECK(answered == count);
  CHECK(toy.memory.given == count);
}

TEST_CASE("the last answer that a connection may have from memory closes it") {
  ToyServer toy([](http::ServerOptions& o) { o.limits.requests_per_connection = 3; });
  auto client = toy.client();
  client.send(get("") + get("") + get("") + get(""));
  CHECK(client.answer()->header("connection").empty());
  CHECK(client.answer()->header("connection").empty());
  CHECK(client.answer()->header("connection") == "close");
  CHECK(client.ends());
  auto other = toy.client();
  other.send(get("Connection: close\r\n") + get(""));
  CHECK(other.answer()->header("connection") == "close");
  CHECK(other.ends());
}

TEST_CASE("answers from memory are given while every handler is stuck") {
  ToyServer toy([](http::ServerOptions& o) { o.threads = 2; });
  std::vector<RawClient> stuck;
  for (int i = 0; i < 2; ++i) {
    stuck.push_back(toy.client());
    stuck.back().send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  toy.gate.wait_for_arrivals(2);
  auto client = toy.client();
  for (int i = 0; i < 50; ++i) CHECK(client.send(get("")).answer()->status == 200);
  CHECK(toy.get("/nowhere").status == 404);
  toy.gate.open();
  for (auto& one : stuck) CHECK(one.answer()->status == 200);
}
