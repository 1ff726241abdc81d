#include "loadtest/response_parser.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

namespace feedctl::loadtest {
namespace {

constexpr std::size_t max_body = 1000;

struct Expected {
  std::string bytes;
  int status = 200;
  std::string body;
  bool is_keep_alive = true;
  bool is_head = false;
};

void check_complete(const ResponseParser& parser, const Expected& expected) {
  CHECK(parser.status() == expected.status);
  CHECK(parser.body() == expected.body);
  CHECK(parser.is_keep_alive() == expected.is_keep_alive);
}

const std::vector<Expected>& valid_responses() {
  static const std::vector<Expected> responses{
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"},
      {"HTTP/1.1 200\r\ncontent-length:5 \r\nContent-Length: 5\r\n\r\nhello", 200, "hello"},
      {"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", 201, "", false},
      {"HTTP/1.1 200 OK\r\nConnection: x, close\r\nContent-Length: 1\r\n\r\n\r", 200, "\r", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", 200, "a", false},
      {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na", 200, "a"},
      {"HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n", 304, ""},
      {"HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n", 200, "", true, true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, "", true, true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
       "5;a=\"b\"\r\nhello\r\n1\r\n\r\r\n0A\r\n0123456789\r\n0\r\n\r\n",
       200, "hello\r0123456789"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nDigest: x\r\nA: b\r\n\r\n", 200,
       ""},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 9"
       "\r\n\r\nHTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno",
       500, "no"},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 101, ""},
  };
  return responses;
}

TEST_CASE("a response may arrive byte by byte") {
  for (const auto& expected : valid_responses()) {
    INFO(expected.bytes);
    ResponseParser parser(max_body);
    parser.reset(expected.is_head);
    const std::string_view all = expected.bytes;
    for (std::size_t size = 1; size < all.size(); ++size)
      REQUIRE(parser.parse(std::string(all.substr(0, size))) == ParseState::needs_more);
    REQUIRE(parser.parse(all) == ParseState::complete);
    CHECK(parser.consumed() == all.size());
    check_complete(parser, expected);
  }
}

TEST_CASE("a response may be cut in two anywhere") {
  ResponseParser parser(max_body);  // one for all: a reset forgets the response before
  for (const auto& expected : valid_responses()) {
    INFO(expected.bytes);
    for (std::size_t cut = 0; cut < expected.bytes.size(); ++cut) {
      parser.reset(expected.is_head);
      REQUIRE(parser.parse(std::string_view(expected.bytes).substr(0, cut)) ==
              ParseState::needs_more);
      REQUIRE(parser.parse(expected.bytes) == ParseState::complete);
      check_complete(parser, expected);
    }
  }
}

TEST_CASE("what follows a response is not consumed") {
  for (const auto& expected : valid_responses()) {
    INFO(expected.bytes);
    ResponseParser parser(max_body);
    parser.reset(expected.is_head);
    const auto bytes = expected.bytes + "HTTP/1.1 200 OK\r\n";
    REQUIRE(parser.parse(bytes) == ParseState::complete);
    CHECK(parser.consumed() == expected.bytes.size());
    check_complete(parser, expected);
  }
}

TEST_CASE("the fields are those of the final response") {
  ResponseParser parser(max_body);
  parser.reset(false);
  const std::string bytes =
      "HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nX-Request-Id: 7\r\n"
      "Content-Length: 0\r\n\r\n";
  REQUIRE(parser.parse(bytes) == ParseState::complete);
  CHECK(parser.headers() == "X-Request-Id: 7\r\nContent-Length: 0\r\n");
}

TEST_CASE("a body without a length ends with the connection") {
  const std::string bytes = "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nall of it";
  ResponseParser parser(max_body);
  parser.reset(false);
  REQUIRE(parser.parse(bytes.substr(0, 30)) == ParseState::needs_more);
  REQUIRE(parser.parse(bytes) == ParseState::needs_more);
  REQUIRE(parser.end_of_stream(bytes) == ParseState::complete);
  CHECK(parser.body() == "all of it");
  CHECK(parser.consumed() == bytes.size());
}

TEST_CASE("the end of the connection within a response makes it malformed") {
  for (const auto& expected : valid_responses()) {
    for (std::size_t cut = 1; cut < expected.bytes.size(); ++cut) {
      const auto part = expected.bytes.substr(0, cut);
      ResponseParser parser(max_body);
      parser.reset(expected.is_head);
      REQUIRE(parser.parse(part) == ParseState::needs_more);
      REQUIRE(parser.end_of_stream(part) == ParseState::malformed);
    }
  }
}

ParseState parse_all(const std::string& bytes) {
  ResponseParser parser(max_body);
  parser.reset(false);
  return parser.parse(bytes);
}

TEST_CASE("what is no HTTP/1 response is malformed") {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const auto& bytes : std::vector<std::string>{
           "SSH-2.0-OpenSSH", "HTTP/2 200\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000\r\n\r\n",
           "HTTP/1.1 099 Low\r\n\r\n", "HTTP/1.1200 OK OK\r\n\r\n", "HTTP/1.x 200 OK\r\n\r\n",
           ok + "no colon\r\n\r\n", ok + ": empty\r\n\r\n", ok + "A : b\r\n\r\n",
           ok + "A: b\r\n folded\r\n\r\n", ok + "Content-Length: -1\r\n\r\n",
           ok + "Content-Length: 1x\r\n\r\n", ok + "Content-Length:\r\n\r\n",
           ok + "Content-Length: 99999999999999999999\r\n\r\n",
           ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
           ok + "Transfer-Encoding: gzip\r\n\r\n",
           ok + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"}) {
    INFO(bytes);
    CHECK(parse_all(bytes) == ParseState::malformed);
  }
}

TEST_CASE("chunks without sense are malformed") {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const auto& chunks : std::vector<std::string>{
           "x\r\n", "-1\r\n", "\r\n", "5\r\nhelloXX", "11111111111111111\r\n",
           "ffffffffffffffff\r\n", std::string(2000, '0'), "1;" + std::string(2000, 'a')}) {
    INFO(chunks);
    CHECK(parse_all(head + chunks) == ParseState::malformed);
  }
}

TEST_CASE("a body has a limit in each form") {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
  const auto length = [&](int size) {
    return ok + "Content-Length: " + std::to_string(size) + "\r\n\r\n";
  };
  CHECK(parse_all(length(1000) + std::string(1000, 'a')) == ParseState::complete);
  CHECK(parse_all(length(1001)) == ParseState::malformed);
  const auto chunk = "1f4\r\n" + std::string(500, 'a') + "\r\n";
  CHECK(parse_all(chunked + chunk + chunk + "0\r\n\r\n") == ParseState::complete);
  CHECK(parse_all(chunked + chunk + chunk + "1\r\n") == ParseState::malformed);
  CHECK(parse_all(ok + "A: b\r\n\r\n" + std::string(1000, 'a')) == ParseState::needs_more);
  CHECK(parse_all(ok + "A: b\r\n\r\n" + std::string(1001, 'a')) == ParseState::malformed);
}

TEST_CASE("what surrounds a body has limits") {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  CHECK(parse_all(ok + "A: " + std::string(ResponseParser::max_head, 'a')) ==
        ParseState::malformed);
  CHECK(parse_all(ok + "A: " + std::string(ResponseParser::max_head, 'a') + "\r\n\r\n") ==
        ParseState::malformed);
  std::string interim;
  while (interim.size() <= ResponseParser::max_head) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  CHECK(parse_all(interim) == ParseState::malformed);
  const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
  std::string trailer = chunked + "0\r\n";
  while (trailer.size() <= 2 * ResponseParser::max_head) trailer += "A: b\r\n";
  CHECK(parse_all(trailer) == ParseState::malformed);
  // A thousand chunks of one byte, each with an extension of a thousand.
  std::string tiny = chunked;
  for (int i = 0; i < 1000; ++i) tiny += "1;" + std::string(1000, 'a') + "\r\na\r\n";
  CHECK(parse_all(tiny) == ParseState::malformed);
}

TEST_CASE("many small chunks do not exhaust the stack") {
  constexpr std::size_t count = 1'000'000;
  std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t i = 0; i < count; ++i) bytes += "1\r\na\r\n";
  ResponseParser parser(4 * count);
  parser.reset(false);
  CHECK(parser.parse(bytes) == ParseState::needs_more);
  bytes += "0\r\n\r\n";
  REQUIRE(parser.parse(bytes) == ParseState::complete);
  CHECK(parser.body() == std::string(count, 'a'));
}

}  // namespace
}  // namespace feedctl::loadtest
