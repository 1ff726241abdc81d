// Bodies of requests: their length, large ones in files, and 100 Continue.
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "http_server/toy_server.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

using Clock = std::chrono::steady_clock;

TEST_CASE("a POST without body and length is answered at once") {
  ToyServer server;
  auto client = server.client();
  const auto began = Clock::now();
  const auto answer = client.send("POST /none HTTP/1.1\r\nHost: t\r\n\r\n").read_response();
  REQUIRE(answer);
  CHECK(answer->status == 204);
  CHECK(answer->count("content-length") == 0);
  CHECK(Clock::now() - began < 8s);
  CHECK(client.get("/hello")->status == 200);
}

TEST_CASE("the body of a GET is read and discarded, not parsed as a request") {
  ToyServer server;
  auto client = server.client();
  const auto smuggled = get_request("/throws");
  client.send("GET /describe HTTP/1.1\r\nHost: t\r\nContent-Length: " +
              std::to_string(smuggled.size()) + "\r\n\r\n" + smuggled + get_request("/hello"));
  const auto first = client.read_response();
  REQUIRE(first);
  CHECK(first->body.find("\"has_body\":false") != std::string::npos);
  CHECK(client.read_response()->body == R"({"hello":"world"})");
  CHECK(client.is_silent(50ms));
}

TEST_CASE("a DELETE may have a body") {
  ToyServer server;
  CHECK(server.client()
            .send("DELETE /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi")
            .read_response()
            ->body == "hi");
}

TEST_CASE("a large body is spooled to a file that the handler can read, and the file is removed") {
  ToyServer server;
  std::string body;
  while (body.size() < 200 * 1024) body += "0123456789abcdef" + std::to_string(body.size());
  auto client = server.client();
  const auto small = client.send(echo_request(body.substr(0, 64 * 1024))).read_response();
  REQUIRE(small);
  CHECK(small->header("x-spilled") == "no");
  CHECK(small->body == body.substr(0, 64 * 1024));
  const auto large = client.send(echo_request(body)).read_response();
  REQUIRE(large);
  CHECK(large->header("x-spilled") == "yes");
  CHECK(large->body == body);
  const auto text = "{\"x\":\"" + std::string(100000, 'x') + "\",\"user_id\":7}";
  const auto json = client
                        .send(
                            "POST /json HTTP/1.1\r\nHost: t\r\nContent-Type: "
                            "application/json\r\nContent-Length: " +
                            std::to_string(text.size()) + "\r\n\r\n" + text)
                        .read_response();
  REQUIRE(json);
  CHECK(json->body == "7");
  std::size_t left = 0;
  for (int tries = 0; tries < 100; ++tries) {
    left = 0;
    for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      const auto target = std::filesystem::read_symlink(file, gone).string();
      const bool is_toy_file = target.find("memfd:toy") != std::string::npos;
      if (target.find("(deleted)") != std::string::npos && !is_toy_file) ++left;
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
  const auto interim = client.read_response();
  REQUIRE(interim);
  CHECK(interim->status == 100);
  CHECK(client.is_silent(50ms));
  CHECK(client.send("hello").read_response()->body == "hello");
  const auto direct =
      client.send(echo_request("at once", "Expect: 100-continue\r\n")).read_response();
  REQUIRE(direct);
  CHECK(direct->status == 200);
}

TEST_CASE("an early rejection reaches a client that is still sending its body") {
  ToyServer server;
  auto client = server.client();
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 9999999\r\n\r\n");
  client.send(std::string(2'000'000, 'x'));
  const auto answer = client.read_response();
  REQUIRE(answer);
  CHECK(answer->status == 413);
}
