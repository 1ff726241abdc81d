// Files as the bodies of responses.
#include <string>
#include <thread>
#include <vector>

#include "http_server/toy_server.hpp"
#include "metrics/metrics.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/resident_memory.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

namespace {

bool has_no_connection() {
  auto& connections = metrics::gauge("feedctl_http_connections", "");
  return support::eventually([&] { return connections.value() == 0; });
}

}  // namespace

TEST_CASE("a file is sent whole, by the pool's handlers and by those of the event loop") {
  ToyServer server;
  const auto content = file_content();
  auto client = server.client();
  for (const auto* path : {"/file", "/loop-file", "/file"}) {
    INFO(path);
    const auto response = client.get(path);
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(response->header("content-length") == std::to_string(content.size()));
    CHECK(response->header("content-type") == "text/plain");
    CHECK(response->header("accept-ranges") == "bytes");
    CHECK(response->body == content);
  }
  CHECK(client.get("/hello")->status == 200);
}

TEST_CASE("a file larger than the buffers of the socket is sent whole") {
  ToyServer server;
  const auto response = server.client().get("/huge-file");
  REQUIRE(response);
  CHECK(response->body.size() == huge_file_size);
}

TEST_CASE("an empty file has an empty body") {
  ToyServer server;
  auto client = server.client();
  const auto response = client.get("/empty-file");
  REQUIRE(response);
  CHECK(response->header("content-length") == "0");
  CHECK(client.get("/hello")->status == 200);
}

TEST_CASE("HEAD and If-None-Match get the head of a file alone") {
  ToyServer server;
  auto client = server.client();
  const auto head = client.send("HEAD /file HTTP/1.1\r\nHost: t\r\n\r\n").read_response(true);
  REQUIRE(head);
  CHECK(head->status == 200);
  CHECK(head->header("content-length") == std::to_string(file_content().size()));
  const auto unchanged = client.get("/file", "If-None-Match: \"v1\"\r\n");
  REQUIRE(unchanged);
  CHECK(unchanged->status == 304);
  CHECK(client.get("/hello")->body == R"({"hello":"world"})");
}

TEST_CASE("a range of a file is sent alone") {
  ToyServer server;
  const auto content = file_content();
  auto client = server.client();
  const auto part = client.get("/file", "Range: bytes=300000-600000\r\nIf-Range: \"v1\"\r\n");
  REQUIRE(part);
  CHECK(part->status == 206);
  CHECK(part->header("content-range") == "bytes 300000-600000/" + std::to_string(content.size()));
  CHECK(part->body == content.substr(300'000, 300'001));
  const auto outside = client.get("/file", "Range: bytes=99999999-\r\n");
  REQUIRE(outside);
  CHECK(outside->status == 416);
  CHECK(outside->header("content-range") == "bytes */" + std::to_string(content.size()));
  CHECK(client.get("/file", "Range: bytes=0-0,2-2\r\n")->body == content);
}

TEST_CASE("a file is not compressed") {
  ToyServer server;
  const auto response = server.get("/file", "Accept-Encoding: gzip\r\n");
  CHECK(response.count("content-encoding") == 0);
  CHECK(response.body == file_content());
}

TEST_CASE("requests behind a file are answered after it") {
  ToyServer server;
  auto client = server.client();
  std::string requests;
  for (int i = 0; i < 3; ++i)
    requests += get_request("/file") + get_request("/hello") + get_request("/loop-file");
  client.send(requests);
  const auto content = file_content();
  for (int i = 0; i < 3; ++i) {
    CHECK(client.read_response()->body == content);
    CHECK(client.read_response()->body == R"({"hello":"world"})");
    CHECK(client.read_response()->body == content);
  }
  client.send(get_request("/file", "Connection: close\r\n"));
  CHECK(client.read_response()->body == content);
  CHECK(client.is_closed());
}

TEST_CASE("readers of files do not hold up other requests of their loop") {
  ToyServer server([](http::ServerOptions& options) { options.loop_threads = 1; });
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([client = server.client()]() mutable { client.get("/huge-file"); });
  }
  auto other = server.client();
  for (int i = 0; i < 20; ++i) CHECK(other.get("/hello")->status == 200);
  for (auto& reader : readers) reader.join();
}

TEST_CASE("a reader that stops is cut at the write deadline, and takes no memory meanwhile") {
  ToyServer server([](http::ServerOptions& options) { options.limits.write_timeout = 1s; });
  CHECK(server.get("/hello").status == 200);
  const auto before = support::resident_bytes();
  std::vector<RawClient> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(server.client());
    clients.back().send(get_request("/huge-file"));
  }
  for (auto& client : clients) CHECK(client.read_until("\r\n\r\n") != "");
  CHECK(support::resident_bytes() - before < 32 << 20);
  CHECK(has_no_connection());
  CHECK(server.get("/file").body == file_content());
}

TEST_CASE("slow readers of files hold a bounded number of them, and others are told to come back") {
  ToyServer server([](http::ServerOptions& options) { options.limits.max_sent_files = 2; });
  std::vector<RawClient> readers;
  for (int i = 0; i < 2; ++i) {
    readers.push_back(server.client());
    readers.back().send(get_request("/huge-file"));
    CHECK(readers.back().read_until("\r\n\r\n") != "");
  }
  auto client = server.client();
  for (const auto* path : {"/file", "/loop-file"}) {
    INFO(path);
    const auto refused = client.get(path);
    REQUIRE(refused);
    CHECK(refused->status == 503);
    CHECK(refused->header("retry-after") != "");
  }
  const auto head = client.send("HEAD /file HTTP/1.1\r\nHost: t\r\n\r\n").read_response(true);
  REQUIRE(head);
  CHECK(head->status == 200);
  CHECK(client.get("/hello")->status == 200);
  readers.clear();
  CHECK(support::eventually([&] { return client.get("/file")->status == 200; }));
  for (int i = 0; i < 5; ++i) CHECK(client.get("/loop-file")->status == 200);
}

TEST_CASE("clients that leave in the middle of a file do no harm") {
  ToyServer server;
  for (int i = 0; i < 20; ++i) {
    auto client = server.client();
    client.send(get_request(i % 2 == 0 ? "/huge-file" : "/loop-file"));
    if (i % 4 < 2) client.read_until("\r\n\r\n");
  }
  CHECK(has_no_connection());
  CHECK(server.get("/file").body == file_content());
}

TEST_CASE("a file that is shorter than its length ends the connection") {
  ToyServer server;
  auto client = server.client();
  CHECK_FALSE(client.get("/cut-file"));
  CHECK(server.get("/hello").status == 200);
}

TEST_CASE("a drain waits for the readers of files") {
  ToyServer server;
  auto client = server.client();
  client.send(get_request("/huge-file"));
  auto received = client.read_until("\r\n\r\n");
  REQUIRE(received != "");
  bool is_clean = false;
  std::thread drain([&] { is_clean = server.server.drain(2min); });
  received = client.read_to_end();
  drain.join();
  CHECK(is_clean);
  CHECK(received.size() == huge_file_size);
}
