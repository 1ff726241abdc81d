// How connections live: keep-alive, pipelining, bodies, deadlines, ends.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/error.hpp"
#include "http/toy_server.hpp"
#include "metrics/metrics.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

std::string get(const std::string& path, const std::string& fields = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n";
}

std::string post(const std::string& body, const std::string& fields = "") {
  return "POST /echo HTTP/1.1\r\nHost: t\r\n" + fields +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("an answer has its headers and no others") {
  ToyServer server;
  const auto answer = server.get("/hello");
  CHECK(answer.status == 200);
  CHECK(answer.body == R"({"hello":"world"})");
  CHECK(answer.header("content-type") == "application/json");
  CHECK(answer.header("content-length") == std::to_string(answer.body.size()));
  CHECK(answer.header("cache-control") == "no-store");
  CHECK(answer.header("x-content-type-options") == "nosniff");
  CHECK(answer.header("x-request-id").size() == 36);
  CHECK(answer.header("date").size() == 29);
  CHECK(answer.header("traceparent").size() == 55);
  CHECK(answer.headers.size() == 7);
  CHECK(server.get("/cached").header("cache-control") == "public, max-age=1");
  CHECK(server.get("/cached").count("cache-control") == 1);
}

TEST_CASE("a hundred requests on one connection meet no delayed acknowledgement") {
  ToyServer server;
  auto client = server.client();
  int stalls = 0;
  for (int i = 0; i < 100; ++i) {
    const auto began = Clock::now();
    REQUIRE(client.get("/kilobytes")->status == 200);
    stalls += Clock::now() - began >= 40ms;  // which a delayed acknowledgement takes, each time
  }
  CHECK(stalls < 50);
}

TEST_CASE("two answers come in the order of their pipelined requests") {
  ToyServer server;
  auto client = server.client();
  std::string requests;
  for (int i = 0; i < 50; ++i)
    requests += get("/items/" + std::to_string(i)) + post("body " + std::to_string(i));
  client.send(requests + get("/nowhere") + get("/items/last"));
  for (int i = 0; i < 50; ++i) {
    const auto item = client.answer();
    REQUIRE(item);
    CHECK(item->body.find("/items/" + std::to_string(i) + "\"") != std::string::npos);
    const auto echo = client.answer();
    REQUIRE(echo);
    CHECK(echo->body == "body " + std::to_string(i));
  }
  CHECK(client.answer()->status == 404);
  CHECK(client.answer()->status == 200);
}

TEST_CASE("a request is answered alike however its bytes are cut") {
  ToyServer server;
  const std::vector<std::pair<std::string, int>> requests = {
      {get("/describe?a=1&b=%20", "X: y\r\n"), 200},
      {post("hello"), 200},
      {"POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
       "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n",
       200},
      {"\r\n" + get("/nowhere"), 404},
      {get("/hello", "A : b\r\n"), 400},
  };
  for (const auto& [bytes, status] : requests) {
    std::string body;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      INFO(bytes << " cut at " << cut);
      auto client = server.client();
      const int on = 1;
      ::setsockopt(client.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      client.send(bytes.substr(0, cut));
      if (cut % 4 == 0) std::this_thread::sleep_for(1ms);
      const auto answer = client.send(bytes.substr(cut)).answer();
      REQUIRE(answer);
      REQUIRE(answer->status == status);
      if (status != 200) continue;
      if (bytes.find("/describe") != std::string::npos) {
        REQUIRE(answer->body.find(R"("query":["a=1","b= "])") != std::string::npos);
      } else {
        REQUIRE(answer->body == (bytes.find("chunked") != std::string::npos ? "abcde" : "hello"));
      }
    }
  }
}

TEST_CASE("a POST without body and length is answered at once") {
  ToyServer server;
  auto client = server.client();
  const auto began = Clock::now();
  const auto answer = client.send("POST /none HTTP/1.1\r\nHost: t\r\n\r\n").answer();
  REQUIRE(answer);
  CHECK(answer->status == 204);
  CHECK(answer->count("content-length") == 0);
  CHECK(Clock::now() - began < 8s);
  CHECK(client.get("/hello")->status == 200);
}

TEST_CASE("HEAD has the headers of GET and no body") {
  ToyServer server;
  auto client = server.client();
  const auto answer = client.send("HEAD /hello HTTP/1.1\r\nHost: t\r\n\r\n").answer(true);
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->header("content-length") == "17");
  CHECK(client.send("HEAD /nowhere HTTP/1.1\r\nHost: t\r\n\r\n").answer(true)->status == 404);
  CHECK(client.send("HEAD /%zz HTTP/1.1\r\nHost: t\r\n\r\n").answer(true)->status == 400);
  CHECK(client.get("/hello")->body == R"({"hello":"world"})");
}

TEST_CASE("If-None-Match is answered with 304 and the connection goes on") {
  ToyServer server;
  auto client = server.client();
  CHECK(client.get("/etag")->header("etag") == "\"v1\"");
  const auto answer = client.get("/etag", "If-None-Match: \"v1\"\r\n");
  REQUIRE(answer);
  CHECK(answer->status == 304);
  CHECK(answer->header("etag") == "\"v1\"");
  CHECK(answer->count("content-type") == 0);
  CHECK(client.get("/hello")->status == 200);
}

TEST_CASE("the body of a GET is read and ignored, so it is no request") {
  ToyServer server;
  auto client = server.client();
  const auto smuggled = get("/throws");
  client.send("GET /describe HTTP/1.1\r\nHost: t\r\nContent-Length: " +
              std::to_string(smuggled.size()) + "\r\n\r\n" + smuggled + get("/hello"));
  const auto first = client.answer();
  REQUIRE(first);
  CHECK(first->body.find("\"has_body\":false") != std::string::npos);
  CHECK(client.answer()->body == R"({"hello":"world"})");
  CHECK(client.silent(50ms));
}

TEST_CASE("a DELETE may have a body") {
  ToyServer server;
  CHECK(server.client()
            .send("DELETE /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi")
            .answer()
            ->body == "hi");
}

TEST_CASE("a large body is spilled to a file that the handler can read, and the file goes") {
  ToyServer server;
  std::string body;
  while (body.size() < 200 * 1024) body += "0123456789abcdef" + std::to_string(body.size());
  auto client = server.client();
  const auto small = client.send(post(body.substr(0, 64 * 1024))).answer();
  REQUIRE(small);
  CHECK(small->header("x-spilled") == "no");
  CHECK(small->body == body.substr(0, 64 * 1024));
  const auto large = client.send(post(body)).answer();
  REQUIRE(large);
  CHECK(large->header("x-spilled") == "yes");
  CHECK(large->body == body);
  const auto text = "{\"x\":\"" + std::string(100000, 'x') + "\",\"user_id\":7}";
  const auto json = client
                        .send(
                            "POST /json HTTP/1.1\r\nHost: t\r\nContent-Type: "
                            "application/json\r\nContent-Length: " +
                            std::to_string(text.size()) + "\r\n\r\n" + text)
                        .answer();
  REQUIRE(json);
  CHECK(json->body == "7");
  std::size_t left = 0;
  for (int tries = 0; tries < 100; ++tries) {
    left = 0;
    for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      const auto target = std::filesystem::read_symlink(file, gone).string();
      if (target.find("(deleted)") != std::string::npos) ++left;
    }
    if (left == 0) break;
    std::this_thread::sleep_for(10ms);
  }
  CHECK(left == 0);
}

TEST_CASE("a client that waits for 100 Continue gets it once") {
  ToyServer server;
  auto client = server.client();
  client.send(
      "POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  const auto interim = client.answer();
  REQUIRE(interim);
  CHECK(interim->status == 100);
  CHECK(client.silent(50ms));
  CHECK(client.send("hello").answer()->body == "hello");
  const auto direct = client.send(post("at once", "Expect: 100-continue\r\n")).answer();
  REQUIRE(direct);
  CHECK(direct->status == 200);
}

TEST_CASE("a connection is kept or closed as the client says, in any case of letters") {
  ToyServer server;
  struct Row {
    const char* version;
    const char* connection;
    bool closes;
  };
  for (const auto& row :
       {Row{"1.1", "", false}, Row{"1.1", "Connection: close\r\n", true},
        Row{"1.1", "Connection: CLOSE\r\n", true}, Row{"1.1", "Connection: foo, Close\r\n", true},
        Row{"1.1", "Connection: keep-alive\r\n", false}, Row{"1.0", "", true},
        Row{"1.0", "Connection: Keep-Alive\r\n", false},
        Row{"1.0", "Connection: keep-alive, close\r\n", true}}) {
    INFO(row.version << " " << row.connection);
    for (const auto* path : {"/hello", "/nowhere", "/%zz"}) {
      INFO(path);
      auto client = server.client();
      const auto answer = client
                              .send(std::string("GET ") + path + " HTTP/" + row.version +
                                    "\r\nHost: t\r\n" + row.connection + "\r\n")
                              .answer();
      REQUIRE(answer);
      CHECK((answer->header("connection") == "close") == row.closes);
      if (row.closes)
        CHECK(client.ends());
      else
        CHECK(client.get("/hello")->status == 200);
      if (!row.closes && std::string(row.version) == "1.0") {
        CHECK(answer->header("connection") == "keep-alive");
      }
    }
  }
}

TEST_CASE("a connection ends after its number of requests") {
  ToyServer server([](auto& options) { options.limits.requests_per_connection = 3; });
  auto client = server.client();
  CHECK(client.get("/hello")->header("connection").empty());
  CHECK(client.get("/hello")->header("connection").empty());
  CHECK(client.get("/hello")->header("connection") == "close");
  CHECK(client.ends());
}

TEST_CASE("a client that has said all still gets its answer") {
  ToyServer server;
  auto client = server.client();
  client.send(get("/hello"));
  client.shut_writing();
  CHECK(client.answer()->status == 200);
  CHECK(client.ends());
}

TEST_CASE("a client that leaves while its handler runs breaks nothing") {
  ToyServer server([](auto& options) { options.threads = 8; });
  for (int i = 0; i < 3; ++i) {
    auto client = server.client();
    client.send(get("/gate") + get("/hello"));
    server.gate.wait_for_arrivals(i + 1);
    const linger reset{1, 0};
    if (i == 1) ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  CHECK(server.get("/hello").status == 200);
  server.gate.open();
  CHECK(server.get("/hello").status == 200);
}

TEST_CASE("a slow head is cut at its total deadline, however steadily it comes") {
  ToyServer server([](auto& options) { options.limits.header_time = 300ms; });
  auto client = server.client();
  const auto began = Clock::now();
  client.send("GET /hello HTTP/1.1\r\nX: ");
  while (client.silent(50ms) && Clock::now() - began < 60s) client.send("a");
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 408);
  CHECK(answer->header("connection") == "close");
  CHECK(answer->header("content-type") == "application/problem+json");
  CHECK(Clock::now() - began >= 300ms);
  CHECK(Clock::now() - began < 30s);
  CHECK(client.ends());
}

TEST_CASE("a body that dribbles is cut, one that comes at the least rate is not") {
  ToyServer server([](auto& options) {
    options.limits.body_grace = 200ms;
    options.limits.body_rate = 1000;
  });
  auto slow = server.client();
  slow.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n");
  for (int i = 0; i < 100 && slow.silent(20ms); ++i) slow.send("a");
  CHECK(slow.answer()->status == 408);
  bool steadily = false;  // as a machine that is busy may not let it be sent
  for (int attempt = 0; attempt < 20 && !steadily; ++attempt) {
    auto steady = server.client();
    const auto began = Clock::now();
    steady.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n");
    for (int i = 0; i < 10; ++i) {
      steady.send(std::string(100, 'b'));
      std::this_thread::sleep_for(40ms);  // 2,500 bytes a second, for longer than the grace
    }
    steadily = Clock::now() - began < 600ms;
    const auto answer = steady.answer();
    if (steadily) CHECK((answer && answer->status == 200));
  }
}

TEST_CASE("a request that is fast enough at every moment still has a total deadline") {
  ToyServer server([](auto& options) {
    options.limits.request_time = 300ms;
    options.limits.body_rate = 1;
  });
  auto client = server.client();
  const auto began = Clock::now();
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n");
  while (client.silent(20ms) && Clock::now() - began < 60s) client.send(std::string(100, 'b'));
  CHECK(client.answer()->status == 408);
}

TEST_CASE("an idle connection is closed without a word") {
  ToyServer server([](auto& options) {
    options.limits.first_time = 200ms;
    options.limits.idle_time = 300ms;
  });
  auto fresh = server.client();
  auto used = server.client();
  CHECK(used.get("/hello")->status == 200);
  CHECK(fresh.ends());
  CHECK(used.ends());
}

TEST_CASE("a connection that has been used is kept for longer than one that never was") {
  const http::Limits limits;
  CHECK(limits.idle_time > 60s);  // what nginx keeps an upstream's connection for
  ToyServer server([](auto& options) { options.limits.first_time = 100ms; });
  auto used = server.client();
  CHECK(used.get("/hello")->status == 200);
  CHECK(server.client().ends());
  CHECK(used.get("/hello")->status == 200);
}

TEST_CASE("an empty line behind a body begins no request, so its connection is idle") {
  ToyServer server([](auto& options) {
    options.limits.header_time = 100ms;
    options.limits.idle_time = 3s;
  });
  auto client = server.client();
  CHECK(client.send(post("hello") + "\r\n").answer()->body == "hello");
  CHECK(client.silent(400ms));
  CHECK(client.send("\r\n").silent(400ms));
  CHECK(client.get("/hello")->status == 200);
  CHECK(client.send("\r\n" + get("/hello") + "\r\n").answer()->status == 200);
  CHECK(client.ends());  // without a word
  auto half = server.client();
  CHECK(half.send(post("hello") + "\r\nGET /hel").answer()->status == 200);
  CHECK(half.answer()->status == 408);  // whose clock began with its own bytes
}

TEST_CASE("whoever pipelines many requests does not keep the others of its loop waiting") {
  ToyServer server([](auto& options) { options.loops = 1; });
  constexpr int count = 900;
  auto many = server.client(), one = server.client(), holding = server.client();
  CHECK(many.get("/hello")->status == 200);
  CHECK(one.get("/hello")->status == 200);
  holding.send(get("/in-turn/wait"));
  server.gate.wait_for_arrivals(1);  // the loop itself stands before the gate
  std::string all;
  for (int i = 0; i < count; ++i) all += get("/in-turn/many");
  many.send(all);
  one.send(get("/in-turn/one"));
  server.gate.open();
  for (int i = 0; i < count; ++i) REQUIRE(many.answer()->status == 200);
  CHECK(one.answer()->status == 200);
  const auto& names = server.turns.names;
  REQUIRE(names.size() == count + 2);
  CHECK(std::find(names.begin(), names.end(), "one") - names.begin() < 100);
}

TEST_CASE("a client that does not read its answer is cut at the write deadline") {
  ToyServer server([](auto& options) { options.limits.write_time = 300ms; });
  auto& connections = metrics::gauge("feedctl_http_connections", "");
  auto client = server.client();
  CHECK(client.get("/hello")->status == 200);
  client.send(get("/big"));
  const auto began = Clock::now();
  while (connections.value() > 0 && Clock::now() - began < 60s) std::this_thread::sleep_for(20ms);
  CHECK(connections.value() == 0);
  CHECK_FALSE(client.answer());
  auto reader = server.client();
  CHECK(reader.get("/big")->body.size() == std::size_t{4} << 20);
}

TEST_CASE("an answer that goes out in parts holds up the next one and nothing more") {
  ToyServer server([](auto& options) { options.limits.idle_time = 300ms; });
  auto client = server.client();
  client.send(get("/big") + get("/hello"));
  std::this_thread::sleep_for(100ms);
  CHECK(client.answer()->body.size() == std::size_t{4} << 20);
  CHECK(client.answer()->status == 200);
  CHECK(client.get("/big")->status == 200);
  CHECK(client.ends());  // the idle deadline holds again
}

TEST_CASE("without free descriptors accepting pauses and goes on when there are some") {
  ToyServer server;
  CHECK(server.get("/hello").status == 200);
  std::this_thread::sleep_for(50ms);
  RawClient client;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  auto few = before;
  few.rlim_cur = static_cast<rlim_t>(client.fd()) + 1;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  std::vector<int> fillers;
  for (int fd = ::open("/dev/null", O_RDONLY); fd >= 0; fd = ::open("/dev/null", O_RDONLY)) {
    fillers.push_back(fd);
  }
  client.connect(server.server.port());
  client.send(get("/hello"));
  const bool waited = client.silent(200ms);
  ::setrlimit(RLIMIT_NOFILE, &before);
  for (const int fd : fillers) ::close(fd);
  CHECK(waited);
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 200);
}

TEST_CASE("an early refusal reaches a client that still sends its body") {
  ToyServer server;
  auto client = server.client();
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 9999999\r\n\r\n");
  client.send(std::string(2'000'000, 'x'));
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 413);
}

TEST_CASE("1,200 idle connections cost no thread and keep nobody waiting") {
  ToyServer server([](auto& options) { options.threads = 2; });
  std::vector<RawClient> idle;
  for (int i = 0; i < 1200; ++i) idle.push_back(server.client());
  for (std::size_t i = 0; i < idle.size(); i += 100) REQUIRE(idle[i].get("/hello")->status == 200);
  for (int i = 0; i < 50; ++i) idle[static_cast<std::size_t>(i)].send("GET /hel");
  const auto began = Clock::now();
  CHECK(server.get("/hello").status == 200);
  CHECK(Clock::now() - began < 20s);
}

TEST_CASE("above the connection limit a client waits until there is room") {
  ToyServer server([](auto& options) { options.limits.connections = 2; });
  auto first = server.client();
  CHECK(first.get("/hello")->status == 200);
  {
    auto second = server.client();
    CHECK(second.get("/hello")->status == 200);
    auto third = server.client();
    third.send(get("/hello"));
    CHECK(third.silent(200ms));
    { const auto leaving = std::move(second); }
    CHECK(third.answer()->status == 200);
  }
}

TEST_CASE("a socket that was handed in is served, a unix socket too") {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0);
  REQUIRE(::listen(fd, 16) == 0);
  {
    ToyServer server([&](auto& options) { options.listen_fd = fd; });
    CHECK(server.server.port() > 0);
    CHECK(server.get("/hello").status == 200);
  }
  const auto path = "/tmp/feedctl-http-test-" + std::to_string(::getpid());
  const int local = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  path.copy(at.sun_path, sizeof at.sun_path - 1);
  ::unlink(path.c_str());
  REQUIRE(::bind(local, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  {
    ToyServer server([&](auto& options) {
      options.listen_fd = local;
      options.trusted_proxies = {"unix"};
    });
    RawClient client(path);
    CHECK(client.get("/describe")->body.find(R"("client":"unix")") != std::string::npos);
    CHECK(client.get("/describe", "X-Forwarded-For: 9.9.9.9\r\n")
              ->body.find(R"("client":"9.9.9.9")") != std::string::npos);
  }
  ::unlink(path.c_str());
}

TEST_CASE("a port that is taken and an address of another machine are errors that say what to do") {
  ToyServer server;
  http::Router router;
  const auto error_of = [&router](const std::string& host, int port) {
    http::ServerOptions options;
    options.host = host;
    options.port = port;
    http::Server second(options, router, nullptr);
    try {
      second.start();
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::unavailable);
      return std::string(error.what()) + "; " + error.hint();
    }
    return std::string("started");
  };
  const auto port = server.server.port();
  CHECK(
      error_of("127.0.0.1", port) ==
      "cannot listen on 127.0.0.1:" + std::to_string(port) +
          ": Address already in use; choose another port with --port, or stop what listens there");
  CHECK(error_of("192.0.2.1", 0) ==
        "cannot listen on 192.0.2.1:0: Cannot assign requested address; "
        "give an address of this machine with --host");
}
