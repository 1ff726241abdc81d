#include "redis/address.hpp"

#include "base/error.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using redis::parse_url;

TEST_CASE("a TCP URL holds host, port, password and database") {
  const auto full = parse_url("redis://:p%40ss@cache.example:7000/3");
  CHECK(full.path.empty());
  CHECK(full.host == "cache.example");
  CHECK(full.port == 7000);
  CHECK(full.user.empty());
  CHECK(full.password == "p@ss");
  CHECK(full.db == 3);

  const auto bare = parse_url("redis://localhost");
  CHECK(bare.host == "localhost");
  CHECK(bare.port == 6379);
  CHECK(bare.db == 0);
  CHECK(bare.password.empty());

  const auto v6 = parse_url("redis://me:secret@[::1]:6380/");
  CHECK(v6.host == "::1");
  CHECK(v6.port == 6380);
  CHECK(v6.user == "me");
  CHECK(v6.password == "secret");
}

TEST_CASE("a unix URL holds a path, with the rest as options") {
  const auto url = parse_url("unix:///run/re%20dis.sock?db=2&password=a%26b&user=me");
  CHECK(url.path == "/run/re dis.sock");
  CHECK(url.db == 2);
  CHECK(url.password == "a&b");
  CHECK(url.user == "me");
  CHECK(parse_url("unix:///run/redis.sock").db == 0);
}

TEST_CASE("an invalid Redis URL is refused without its password in the message") {
  for (const auto* bad : {"",
                          "localhost:6379",
                          "http://localhost",
                          "redis://",
                          "redis://:secret@",
                          "redis://h:port",
                          "redis://h:70000",
                          "redis://h/x",
                          "redis://h/-1",
                          "redis://[::1",
                          "redis://[::1]x",
                          "redis://h?color=red",
                          "unix://",
                          "unix://relative",
                          "unix:///s?db=x",
                          "redis://:secret%zz@h",
                          "redis://:secret%2",
                          "redis://:a?secret@h",
                          "redis://a%00b",
                          "unix:///a%00b"}) {
    INFO(bad);
    try {
      parse_url(bad);
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::config);
      CHECK(std::string(error.what()).find("secret") == std::string::npos);
    }
  }
}
