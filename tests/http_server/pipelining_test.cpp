// Any mix of requests on one connection, however it is cut: each has its own answer, in order.
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <random>
#include <thread>

#include "http_server/toy_server.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

struct MixedRequest {
  std::string bytes;
  int status = 200;
  bool head = false;
  std::optional<std::string> body = {};
  bool may_get_100 = false;  // a 100 may come first
};

std::string head_of(const std::string& line, const std::string& id, const std::string& fields) {
  return line + " HTTP/1.1\r\nHost: t\r\nX-Request-Id: " + id + "\r\n" + fields + "\r\n";
}

std::string letters(std::size_t size, std::minstd_rand& random) {
  std::string text(size, ' ');
  for (auto& c : text) c = static_cast<char>('a' + random() % 26);
  return text;
}

std::string in_chunks(const std::string& body, std::minstd_rand& random) {
  std::string out;
  for (std::size_t at = 0; at < body.size();) {
    const auto part = body.substr(at, 1 + random() % 5000);
    char size[32];
    std::snprintf(size, sizeof size, "%zx;x=\"y\"\r\n", part.size());
    out += size + part + "\r\n";
    at += part.size();
  }
  return out + "0\r\nT: v\r\nContent-Length: 5\r\n\r\n";
}

MixedRequest random_request(const std::string& id, std::minstd_rand& random) {
  const auto post = [&](std::size_t size, const std::string& fields) {
    MixedRequest asked;
    asked.body = letters(size, random);
    const bool chunked = random() % 2 == 0;
    const auto length = chunked ? std::string("Transfer-Encoding: chunked\r\n")
                                : "Content-Length: " + std::to_string(size) + "\r\n";
    asked.bytes = head_of("POST /echo", id, fields + length);
    asked.bytes += chunked ? in_chunks(*asked.body, random) : *asked.body;
    return asked;
  };
  switch (random() % 11) {
    case 0:
      return {head_of("GET /ready/it", id, ""), 200};
    case 1:
      return {head_of("HEAD /ready/it", id, ""), 200, true};
    case 2:
      return {head_of("GET /ready/it", id, "If-None-Match: \"v1\"\r\nRange: bytes=0-1\r\n"), 304};
    case 3:
      return {head_of("GET /ready/other", id, "Range: bytes=0-1,5-\r\n"), 200};
    case 4:
      return {head_of("HEAD /kilobytes", id, "Accept-Encoding: gzip\r\n"), 200, true};
    case 5:
      return {head_of("GET /nowhere", id, ""), 404};
    case 6:
      return {head_of("HEAD /nowhere", id, "Content-Length: 3\r\n") + "abc", 404, true};
    case 7:
      return {"\r\n" + head_of("GET /hello", id, ""), 200, false, R"({"hello":"world"})"};
    case 8:
      return post(1 + random() % 3000, "");
    case 9:
      return post(65'000 + random() % 20'000, "");
    default: {
      auto asked = post(65'000 + random() % 20'000, "Expect: 100-continue\r\n");
      asked.may_get_100 = true;
      return asked;
    }
  }
}

// In pieces of every size; many of them of one byte.
void send_in_pieces(RawClient& client, const std::string& bytes, unsigned seed) {
  std::minstd_rand random(seed);
  const int on = 1;
  ::setsockopt(client.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  for (std::size_t at = 0; at < bytes.size();) {
    const auto size = random() % 3 == 0 ? 1 + random() % 3 : 1 + random() % 20'000;
    client.send(std::string_view(bytes).substr(at, size));
    at += size;
  }
  client.shutdown_write();
}

void check(RawClient& client, const MixedRequest& asked, const std::string& id) {
  auto answer = client.read_response(asked.head);
  if (answer && answer->status == 100 && asked.may_get_100)
    answer = client.read_response(asked.head);
  REQUIRE(answer);
  CHECK(answer->header("x-request-id") == id);
  CHECK(answer->status == asked.status);
  CHECK(answer->count("content-range") == 0);
  CHECK(answer->count("connection") == 0);
  if (asked.body) CHECK(answer->body == *asked.body);
}

}  // namespace

TEST_CASE("any mix of requests on one connection is answered in order, however it is cut") {
  ToyServer server;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    std::minstd_rand random(seed);
    std::vector<MixedRequest> all;
    std::string bytes;
    for (int i = 0; i < 60; ++i) {
      all.push_back(random_request("r" + std::to_string(i), random));
      bytes += all.back().bytes;
    }
    auto client = server.client();
    std::thread sender([&] { send_in_pieces(client, bytes, seed); });
    try {
      for (std::size_t i = 0; i < all.size(); ++i) {
        CAPTURE(i, all[i].bytes.substr(0, 60));
        check(client, all[i], "r" + std::to_string(i));
      }
    } catch (...) {
      ::shutdown(client.fd(), SHUT_RDWR);
      sender.join();
      throw;
    }
    sender.join();
    CHECK(client.is_closed());
  }
}
