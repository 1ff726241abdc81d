// gzip: who gets it, what is worth it, and the tags of both forms.
#include "http/compress.hpp"

#include <zlib.h>

#include "base/error.hpp"
#include "http/toy_server.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

std::string gunzip(const std::string& bytes) {
  z_stream stream{};
  if (::inflateInit2(&stream, 15 + 16) != Z_OK) return "";
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = ::inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::inflateEnd(&stream);
  return end == Z_STREAM_END && stream.avail_in == 0 ? out : "";
}

bool wants(const std::string& accept_encoding) {
  return http::accepts_gzip(&accept_encoding);
}

http::Response page(std::size_t size) {
  return http::json_response(200, '"' + std::string(size - 2, 'x') + '"');
}

http::Response compressed(http::Response response, const std::string& accept_encoding = "gzip") {
  http::Request request;
  request.headers = {{"accept-encoding", accept_encoding}};
  http::compress(request, response);
  return response;
}

std::string header(const http::Response& response, const std::string& name) {
  for (const auto& [known, value] : response.headers) {
    if (known == name) return value;
  }
  return "";
}

}  // namespace

TEST_CASE("gzip is for those who prefer it, by the qualities they give") {
  for (const auto* yes :
       {"gzip", "GZip", "x-gzip", "deflate, gzip", "gzip;q=1", "gzip; q=0.001", "gzip ;q=1.000",
        "*", "br;q=1, *;q=0.5", "gzip;q=0.5, identity;q=0.5", "identity;q=0, gzip;q=0.1",
        "gzip;Q=0.8", ", ,gzip", "gzip;level=9", "gzip;level=9;q=0.5", "br;a=\"x, y\", gzip"}) {
    INFO(yes);
    CHECK(wants(yes));
  }
  for (const auto* no :
       {"", "identity", "br", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *", "gzipped",
        "gzip;q=0.2, identity;q=0.3", "identity, *;q=0.9", "gzip;q=2", "gzip;q=", "gzip;q=0.0001",
        "gzip;q=-1", "gzip;level=9;q=0", "br;a=\"x, gzip\"", "gzip;q=1.001", "gzip q=1"}) {
    INFO(no);
    CHECK_FALSE(wants(no));
  }
  CHECK_FALSE(http::accepts_gzip(nullptr));
}

TEST_CASE("what was compressed comes back as it was, at each level and again and again") {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "{\"id\":" + std::to_string(i * 7919) + "},";
  for (const int level : {http::quick_level, http::thorough_level, 1, 9}) {
    const auto small = http::gzip(text, level);
    CHECK(small.size() < text.size() / 2);
    CHECK(gunzip(small) == text);
  }
  CHECK(gunzip(http::gzip("", http::quick_level)).empty());
}

TEST_CASE("only what shrinks is compressed, and whoever stores it is told what it depends on") {
  const auto small = compressed(page(http::worth_compressing - 1));
  CHECK(header(small, "Content-Encoding").empty());
  CHECK(header(small, "Vary").empty());

  const auto big = compressed(page(http::worth_compressing));
  CHECK(header(big, "Content-Encoding") == "gzip");
  CHECK(header(big, "Vary") == "Accept-Encoding");
  CHECK(gunzip(big.body) == page(http::worth_compressing).body);

  const auto plain = compressed(page(http::worth_compressing), "identity");
  CHECK(header(plain, "Content-Encoding").empty());
  CHECK(header(plain, "Vary") == "Accept-Encoding");
  CHECK(plain.body == page(http::worth_compressing).body);

  const auto both = compressed(std::move(page(5000).header("Vary", "Origin")));
  CHECK(header(both, "Vary") == "Origin, Accept-Encoding");

  auto image = page(5000);
  image.content_type = "image/webp";
  CHECK(header(compressed(image), "Content-Encoding").empty());
  const auto twice = compressed(compressed(page(5000)));
  CHECK(gunzip(twice.body) == page(5000).body);

  auto error = page(5000);
  error.status = 400;  // it may repeat what the client sent
  CHECK(header(compressed(error), "Content-Encoding").empty());
}

TEST_CASE("the compressed form has a weak tag, and a 304 names the tag that the client has") {
  const auto tagged = [] { return std::move(page(5000).header("ETag", "\"v1\"")); };
  CHECK(header(compressed(tagged()), "ETag") == "W/\"v1\"");
  CHECK(header(compressed(tagged(), "identity"), "ETag") == "\"v1\"");
  const auto answer_to = [&](const std::string& asked) {
    http::Request request;
    request.headers = {{"accept-encoding", "gzip"}, {"if-none-match", asked}};
    auto response = http::conditional(request, page(5000), "v1");
    http::compress(request, response);
    CHECK(header(response, "Vary") == "Accept-Encoding");  // also where the body is not sent again
    return std::to_string(response.status) + " " + header(response, "ETag");
  };
  CHECK(answer_to("W/\"v1\"") == "304 W/\"v1\"");
  CHECK(answer_to("\"v1\"") == "304 \"v1\"");
  CHECK(answer_to("\"v0\"") == "200 W/\"v1\"");
}

TEST_CASE("a server compresses for those who ask, GET and HEAD alike, unless it is told not to") {
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
          .answer(true);
  REQUIRE(head);
  CHECK(head->header("content-encoding") == "gzip");
  CHECK(head->header("content-length") == small.header("content-length"));
  CHECK(server.get("/hello", "Accept-Encoding: gzip\r\n").count("content-encoding") == 0);
  CHECK(server.get("/etag", "If-None-Match: \"v1\"\r\n").header("vary") == "Accept-Encoding");
  ToyServer off([](auto& options) { options.gzip = false; });
  CHECK(off.get("/etag", "If-None-Match: \"v1\"\r\n").count("vary") == 0);
  const auto as_it_is = off.get("/kilobytes", "Accept-Encoding: gzip\r\n");
  CHECK(as_it_is.body == plain.body);
  CHECK(as_it_is.count("vary") == 0);
}
