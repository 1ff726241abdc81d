// gzip: who gets it, what is worth it, and the tags of both forms.
#include "http/compress.hpp"

#include "base/error.hpp"
#include "support/catch.hpp"
#include "support/gunzip.hpp"

using namespace feedctl;
using support::gunzip;

namespace {

bool with_accept_encoding(const std::string& accept_encoding) {
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

TEST_CASE("gzip is used for clients that prefer it by quality values") {
  for (const auto* yes :
       {"gzip", "GZip", "x-gzip", "deflate, gzip", "gzip;q=1", "gzip; q=0.001", "gzip ;q=1.000",
        "*", "br;q=1, *;q=0.5", "gzip;q=0.5, identity;q=0.5", "identity;q=0, gzip;q=0.1",
        "gzip;Q=0.8", ", ,gzip", "gzip;level=9", "gzip;level=9;q=0.5", "br;a=\"x, y\", gzip"}) {
    INFO(yes);
    CHECK(with_accept_encoding(yes));
  }
  for (const auto* no :
       {"", "identity", "br", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *", "gzipped",
        "gzip;q=0.2, identity;q=0.3", "identity, *;q=0.9", "gzip;q=2", "gzip;q=", "gzip;q=0.0001",
        "gzip;q=-1", "gzip;level=9;q=0", "br;a=\"x, gzip\"", "gzip;q=1.001", "gzip q=1"}) {
    INFO(no);
    CHECK_FALSE(with_accept_encoding(no));
  }
  CHECK_FALSE(http::accepts_gzip(nullptr));
}

TEST_CASE("compressed data decompress to the original at every level, repeatedly") {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "{\"id\":" + std::to_string(i * 7919) + "},";
  for (const int level : {http::fast_gzip_level, http::high_gzip_level, 1, 9}) {
    const auto small = http::gzip(text, level);
    CHECK(small.size() < text.size() / 2);
    CHECK(gunzip(small) == text);
  }
  CHECK(gunzip(http::gzip("", http::fast_gzip_level)).empty());
}

TEST_CASE("only responses that shrink are compressed, and Vary is set") {
  const auto small = compressed(page(http::min_gzip_size - 1));
  CHECK(header(small, "Content-Encoding").empty());
  CHECK(header(small, "Vary").empty());

  const auto big = compressed(page(http::min_gzip_size));
  CHECK(header(big, "Content-Encoding") == "gzip");
  CHECK(header(big, "Vary") == "Accept-Encoding");
  CHECK(gunzip(big.body) == page(http::min_gzip_size).body);

  const auto plain = compressed(page(http::min_gzip_size), "identity");
  CHECK(header(plain, "Content-Encoding").empty());
  CHECK(header(plain, "Vary") == "Accept-Encoding");
  CHECK(plain.body == page(http::min_gzip_size).body);

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

TEST_CASE("the gzip variant has a weak ETag, and a 304 repeats the client's ETag") {
  const auto tagged = [] { return std::move(page(5000).header("ETag", "\"v1\"")); };
  CHECK(header(compressed(tagged()), "ETag") == "W/\"v1\"");
  CHECK(header(compressed(tagged(), "identity"), "ETag") == "\"v1\"");
  const auto answer_to = [&](const std::string& asked) {
    http::Request request;
    request.headers = {{"accept-encoding", "gzip"}, {"if-none-match", asked}};
    auto response = http::with_etag(request, page(5000), "v1");
    http::compress(request, response);
    CHECK(header(response, "Vary") == "Accept-Encoding");  // also where the body is not sent again
    return std::to_string(response.status) + " " + header(response, "ETag");
  };
  CHECK(answer_to("W/\"v1\"") == "304 W/\"v1\"");
  CHECK(answer_to("\"v1\"") == "304 \"v1\"");
  CHECK(answer_to("\"v0\"") == "200 W/\"v1\"");
}

TEST_CASE("gunzip gives back what gzip was given") {
  for (const std::size_t size : {0u, 1u, 1000u, 100'000u}) {
    const std::string text(size, 'x');
    CHECK(http::gunzip(http::gzip(text, http::fast_gzip_level), size) == text);
  }
}

TEST_CASE("gunzip reports bytes that are damaged, cut off or of another size") {
  const auto packed = http::gzip(std::string(1000, 'x'), http::fast_gzip_level);
  CHECK_THROWS_AS(http::gunzip(packed, 999), Error);
  CHECK_THROWS_AS(http::gunzip(packed, 1001), Error);
  CHECK_THROWS_AS(http::gunzip(packed.substr(0, packed.size() - 1), 1000), Error);
  CHECK_THROWS_AS(http::gunzip("no gzip", 1000), Error);
  CHECK_THROWS_AS(http::gunzip("", 0), Error);
}
