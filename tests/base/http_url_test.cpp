#include "base/http_url.hpp"

#include "support/catch.hpp"

using namespace feedctl;

TEST_CASE("an http URL is read into its parts") {
  const auto url = parse_http_url("HTTPS://Accounts.Example.org:8443/a/b?c=d?e");
  CHECK(url.is_https);
  CHECK(url.host == "accounts.example.org");
  CHECK(url.port == 8443);
  CHECK(url.path == "/a/b");
  CHECK(url.query == "c=d?e");
  CHECK(url.target() == "/a/b?c=d?e");
  CHECK(url.origin() == "https://accounts.example.org:8443");
  CHECK_FALSE(url.names_this_machine());
}

TEST_CASE("the port of the scheme is not written") {
  CHECK(parse_http_url("https://a.b:443").origin() == "https://a.b");
  CHECK(parse_http_url("http://a.b:80/").origin() == "http://a.b");
  CHECK(parse_http_url("http://a.b:443/").authority() == "a.b:443");
  CHECK(parse_http_url("https://a.b").target() == "/");
  CHECK(parse_http_url("https://a.b?x=1").target() == "/?x=1");
}

TEST_CASE("an IPv6 address has brackets in the URL and none in the host") {
  const auto url = parse_http_url("http://[::1]:8080/x");
  CHECK(url.host == "::1");
  CHECK(url.authority() == "[::1]:8080");
  CHECK(url.names_this_machine());
}

TEST_CASE("only exact names of this machine count as such") {
  for (const auto* text : {"http://localhost/", "http://LOCALHOST:1/", "http://127.0.0.1/",
                           "http://127.1.2.3/", "http://[::1]/"}) {
    INFO(text);
    CHECK(parse_http_url(text).names_this_machine());
  }
  for (const auto* text : {"http://localhost.example.org/", "http://127.0.0.1.example.org/",
                           "http://127.1/", "http://0x7f000001/", "http://[::2]/"}) {
    INFO(text);
    CHECK_FALSE(parse_http_url(text).names_this_machine());
  }
}

TEST_CASE("a URL that is not absolute http, or that holds more than it may, is refused") {
  for (const std::string text : {"",
                                 "https://",
                                 "https:///path",
                                 "//a.b/",
                                 "a.b",
                                 "ftp://a.b/",
                                 "javascript://a.b/%0aalert()",
                                 "https://user@a.b/",
                                 "https://u:p@a.b/",
                                 "https://a.b/#f",
                                 "https://a.b/ x",
                                 "https://a.b/\tx",
                                 "https://a.b/\\x",
                                 "https://a.b:0/",
                                 "https://a.b:65536/",
                                 "https://a.b:/",
                                 "https://a.b:x/",
                                 "https://[::1/",
                                 "https://[a.b]/",
                                 "https://[::1]x/",
                                 "https://b\xc3\xbc"
                                 "cher.example/",
                                 "https://a%2eb/",
                                 "https://a.b/\x7f"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_http_url(text), UrlError);
  }
  CHECK_THROWS_AS(parse_http_url("https://a.b/" + std::string(2048, 'x')), UrlError);
}
