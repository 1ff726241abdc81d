#include "http_server/toy_server.hpp"
#include "support/catch.hpp"
#include "support/gunzip.hpp"

using namespace feedctl;
using namespace feedctl::test;
using support::gunzip;

TEST_CASE("a server compresses GET and HEAD responses on request, unless disabled") {
  ToyServer server;
  const auto plain = server.get("/kilobytes");
  CHECK(plain.count("content-encoding") == 0);
  CHECK(plain.header("vary") == "Accept-Encoding");
  const auto small = server.get("/kilobytes", "Accept-Encoding: br, gzip\r\n");
  CHECK(small.header("content-encoding") == "gzip");
  CHECK(small.header("content-length") == std::to_string(small.body.size()));
  CHECK(small.body.size() < 1000);
  CHECK(gunzip(small.body) == plain.body);
  const auto head =
      server.client()
          .send("HEAD /kilobytes HTTP/1.1\r\nHost: t\r\nAccept-Encoding: gzip\r\n\r\n")
          .read_response(true);
  REQUIRE(head);
  CHECK(head->header("content-encoding") == "gzip");
  CHECK(head->header("content-length") == small.header("content-length"));
  CHECK(server.get("/hello", "Accept-Encoding: gzip\r\n").count("content-encoding") == 0);
  CHECK(server.get("/etag", "If-None-Match: \"v1\"\r\n").header("vary") == "Accept-Encoding");
  ToyServer off([](http::ServerOptions& options) { options.gzip = false; });
  CHECK(off.get("/etag", "If-None-Match: \"v1\"\r\n").count("vary") == 0);
  const auto as_it_is = off.get("/kilobytes", "Accept-Encoding: gzip\r\n");
  CHECK(as_it_is.body == plain.body);
  CHECK(as_it_is.count("vary") == 0);
}
