// Every limit that the documentation names, at its boundary: what is at it passes, one more does
// not.
#include <algorithm>
#include <cstdio>

#include "e2e/hostile_input/hostile_input_server.hpp"
#include "support/catch.hpp"
#include "support/hostile_requests.hpp"
#include "support/json.hpp"

using namespace feedctl;
using namespace feedctl::hostile;

namespace {

struct Limit {
  const char* description;
  std::string at_limit;    // passes
  std::string over_limit;  // does not
  int accepted_status;
  int refused_status;
};

std::string padded(std::string text, std::size_t size) {
  return text.append(size - text.size(), ' ');
}

// A GET whose request line, without its line end, has `size` bytes.
std::string line_of(std::size_t size) {
  const std::string begin = "GET /v1/feed/hot?a=", end = " HTTP/1.1";
  return begin + std::string(size - begin.size() - end.size(), 'a') + end + "\r\nHost: t\r\n\r\n";
}

// A GET with a field of `size` bytes, and one whose fields with their line ends have that many.
std::string field_of(std::size_t size) {
  return get("/v1/feed/hot", "X: " + std::string(size - 3, 'a') + "\r\n");
}
std::string fields_of(std::size_t size) {
  std::string fields = repeated("X: " + std::string(4091, 'a') + "\r\n", 7);
  const auto left = size - fields.size() - std::string("Host: t\r\n").size();
  return get("/v1/feed/hot", fields + "Y: " + std::string(left - 5, 'a') + "\r\n");
}

std::string body_of_size(std::size_t size) {
  return json_post(padded("{}", size));
}

std::string in_chunks(std::size_t size) {
  std::string chunks = "2\r\n{}\r\n";
  for (std::size_t left = size - 2; left > 0;) {
    const auto part = std::min<std::size_t>(left, 0xfff);
    char digits[8];
    std::snprintf(digits, sizeof digits, "%zx", part);
    chunks += std::string(digits) + "\r\n" + std::string(part, ' ') + "\r\n";
    left -= part;
  }
  return chunked_post(chunks + "0\r\n\r\n");
}

std::string parameters(std::size_t count) {
  return get("/v1/feed/hot?" + repeated("a=1&", count));
}

std::string nested(std::size_t depth) {  // the object counts, too
  return json_post(R"({"a":)" + repeated("[", depth - 1) + repeated("]", depth - 1) + "}");
}

std::string texts(std::size_t code_points) {
  return json_post(R"({"text":")" + repeated("\xf0\x9f\x98\x80", code_points) + "\"}");
}

std::string chunk_line(std::size_t size) {
  return chunked_post("2;" + std::string(size - 2, 'x') + "\r\n{}\r\n0\r\n\r\n");
}

std::string chunk_digits(std::size_t count) {
  return chunked_post(std::string(count - 1, '0') + "2\r\n{}\r\n0\r\n\r\n");
}

std::string trailers(std::size_t count) {  // fields and trailers count together
  return chunked_post("2\r\n{}\r\n0\r\n" + repeated("T: v\r\n", count - 3) + "\r\n");
}

std::string keyed(const std::string& user, std::size_t size) {
  const auto key = std::string(size, 'k');
  return json_post("{}", "X-User-Id: " + user + "\r\nIdempotency-Key: " + key + "\r\n");
}

std::string handle(std::size_t size) {
  const auto body = R"({"handle":")" + std::string(size, 'h') + "\"}";
  return post(
      "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n",
      body, "/v1/users");
}

std::string ids(std::size_t count) {
  std::string list = "1";
  for (std::size_t i = 2; i <= count; ++i) list += "," + std::to_string(i);
  return get("/v1/posts?ids=" + list);
}

std::vector<Limit> limits(const std::string& user) {
  return {
      {"request line", line_of(8192), line_of(8193), 200, 414},
      {"header line", field_of(8192), field_of(8193), 200, 431},
      {"header fields", get("/v1/feed/hot", repeated("A: b\r\n", 99)),
       get("/v1/feed/hot", repeated("A: b\r\n", 100)), 200, 431},
      {"all header fields", fields_of(32 * 1024), fields_of(32 * 1024 + 1), 200, 431},
      {"body", body_of_size(256 * 1024), body_of_size(256 * 1024 + 1), 201, 413},
      {"body in chunks", in_chunks(256 * 1024), in_chunks(256 * 1024 + 1), 201, 413},
      {"query parameters", parameters(64), parameters(65), 200, 400},
      {"depth of JSON", nested(32), nested(33), 201, 400},
      {"text of a post", texts(10'000), texts(10'001), 201, 400},
      {"line of a chunk", chunk_line(256), chunk_line(257), 201, 400},
      {"digits of a chunk's size", chunk_digits(16), chunk_digits(17), 201, 400},
      {"fields with trailers", trailers(100), trailers(101), 201, 431},
      {"blank lines before a request", repeated("\r\n", 4) + valid_request(),
       repeated("\r\n", 5) + valid_request(), 200, 400},
      {"Idempotency-Key", keyed(user, 255), keyed(user, 256), 201, 400},
      {"handle", handle(32), handle(33), 201, 400},
      {"limit of the hot feed", get("/v1/feed/hot?limit=1000"), get("/v1/feed/hot?limit=1001"), 200,
       400},
      {"limit of a list", get("/v1/users/" + user + "/posts?limit=100"),
       get("/v1/users/" + user + "/posts?limit=101"), 200, 400},
      {"posts by their ids", ids(100), ids(101), 200, 400},
  };
}

int status_of(HostileInputServer& world, const std::string& bytes) {
  auto client = world.client();
  const auto answer = read_final_response(client.send(bytes));
  REQUIRE(answer);
  INFO(answer->body);
  return answer->status;
}

}  // namespace

TEST_CASE("each documented limit accepts its maximum and refuses anything above it") {
  HostileInputServer world;
  const auto made = support::HttpClient(world.port()).post("/v1/users", R"({"handle":"first"})");
  REQUIRE(made.status == 201);
  const auto user = std::to_string(support::integer_in(made, "id"));
  for (const auto& limit : limits(user)) {
    INFO(limit.description);
    CHECK(status_of(world, limit.at_limit) == limit.accepted_status);
    CHECK(status_of(world, limit.over_limit) == limit.refused_status);
  }
}

TEST_CASE("a request id of 128 characters is adopted, a longer one is replaced") {
  HostileInputServer world;
  auto client = world.client();
  const auto sent = [&](std::size_t size) {
    const auto id = std::string(size, 'i');
    const auto answer =
        client.send(get("/v1/feed/hot", "X-Request-Id: " + id + "\r\n")).read_response();
    REQUIRE(answer);
    return answer->header("x-request-id") == id;
  };
  CHECK(sent(128));
  CHECK_FALSE(sent(129));
}

TEST_CASE("a connection has a thousand requests and not one more") {
  HostileInputServer world;
  auto client = world.client();
  for (int block = 0; block < 100; ++block) {
    client.send(repeated(valid_request(), block < 99 ? 10 : 11));
    for (int i = 0; i < 10; ++i) {
      const auto answer = client.read_response();
      REQUIRE(answer);
      REQUIRE(answer->status == 200);
      const bool last = block == 99 && i == 9;
      REQUIRE((answer->header("connection") == "close") == last);
    }
  }
  CHECK(client.is_closed());
}
