// Which requests come from this server's own pages.
#include "console/same_origin.hpp"

#include <optional>

#include "base/error.hpp"
#include "support/catch.hpp"

using namespace feedctl;

namespace {

struct Sent {
  std::string origin;
  std::string host = "feed.example";
  bool is_https = false;
};

bool is_own(const Sent& sent, const std::string& public_url = "") {
  http::Request request;
  request.method = http::Method::post;
  request.is_https = sent.is_https;
  request.headers = {{"origin", sent.origin}, {"host", sent.host}};
  try {
    console::require_same_origin(request, public_url);
    return true;
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::permission_denied);
    return false;
  }
}

}  // namespace

TEST_CASE("the origin of the Host is this server's, in any spelling") {
  CHECK(is_own({"http://feed.example"}));
  CHECK(is_own({"https://feed.example"}));
  CHECK(is_own({"https://feed.example", "FEED.example:443"}));
  CHECK(is_own({"http://127.0.0.1:8000", "127.0.0.1:8000"}));
  CHECK(is_own({"http://[::1]:8000", "[::1]:8000"}));
}

TEST_CASE("another host, port or scheme is another site") {
  CHECK_FALSE(is_own({"https://evil.example"}));
  CHECK_FALSE(is_own({"http://127.0.0.1:8001", "127.0.0.1:8000"}));
  CHECK_FALSE(is_own({"http://feed.example:8000"}));
  CHECK_FALSE(is_own({"null"}));
  CHECK_FALSE(is_own({""}));
  CHECK_FALSE(is_own({"https://", ""}));
  CHECK_FALSE(is_own({"file://feed.example"}));
}

TEST_CASE("a page that came by plain HTTP is foreign to a server behind HTTPS") {
  CHECK(is_own({"https://feed.example", "feed.example", true}));
  CHECK_FALSE(is_own({"http://feed.example", "feed.example", true}));
}

TEST_CASE("the public URL is this server's where a proxy changes the Host") {
  CHECK(is_own({"https://feed.example", "10.0.0.7:8000"}, "https://feed.example/"));
  CHECK_FALSE(is_own({"https://feed.example", "10.0.0.7:8000"}, "https://other.example"));
  CHECK_FALSE(is_own({"https://feed.example", "10.0.0.7:8000"}, ""));
}
