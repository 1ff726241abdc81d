#include "http/absolute_url.hpp"

#include "support/catch.hpp"

using namespace feedctl;

namespace {

std::string origin(const std::string& host, bool is_https = false) {
  http::Request request;
  request.headers.emplace_back("host", host);
  request.is_https = is_https;
  return http::origin_of(request);
}

}  // namespace

TEST_CASE("an origin is scheme, host and port as the client addresses the server") {
  CHECK(origin("example.org") == "http://example.org");
  CHECK(origin("example.org:8000") == "http://example.org:8000");
  CHECK(origin("example.org", true) == "https://example.org");
  CHECK(origin("[::1]:8000") == "http://[::1]:8000");
}

TEST_CASE("an origin is in normal form, without the port that its scheme implies") {
  CHECK(origin("EXAMPLE.org.:80") == "http://example.org");
  CHECK(origin("example.org:443", true) == "https://example.org");
  CHECK(origin("example.org:443") == "http://example.org:443");
}

TEST_CASE("a request without Host has no origin") {
  CHECK(http::origin_of(http::Request{}) == "");
  CHECK(origin("") == "");
}
