// The clock of a server by the fields of its answer.
#include "http_client/server_time.hpp"

#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::http_client;

namespace {

constexpr const char* example = "Sun, 06 Nov 1994 08:49:37 GMT";  // of RFC 9110
constexpr std::int64_t example_s = 784111777;

std::int64_t server_seconds(const Headers& headers) {
  const auto time = server_time({.status = 200, .headers = headers, .body = ""});
  return time ? unix_us(*time) / 1'000'000 : -1;
}

}  // namespace

TEST_CASE("a server's time is its Date, and the Age of a kept answer on top") {
  CHECK(server_seconds({{"date", example}}) == example_s);
  CHECK(server_seconds({{"date", example}, {"age", "3600"}}) == example_s + 3600);
  CHECK(server_seconds({{"age", "3600"}}) == -1);
  CHECK(server_seconds({}) == -1);
}

TEST_CASE("an Age that is no number of seconds does not count") {
  for (const auto* age : {"", "-5", "x", "5x", "99999999999999999999", "4000000000"}) {
    INFO(age);
    CHECK(server_seconds({{"date", example}, {"age", age}}) == example_s);
  }
}

TEST_CASE("a Date is read in the one form that servers send") {
  CHECK(parse_http_date("Thu, 29 Feb 2024 23:59:60 GMT") ==
        from_unix_us(std::int64_t{1709251200} * 1'000'000));
  for (const auto* text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ",
                           "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
                           "Sun, 29 Feb 2023 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
                           "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT"}) {
    INFO(text);
    CHECK_FALSE(parse_http_date(text));
  }
}
