#include "base/time.hpp"

#include "support/catch.hpp"

using namespace feedctl;

TEST_CASE("times are written and read as RFC 3339 in UTC") {
  CHECK(rfc3339(from_unix_us(1761307200000000)) == "2025-10-24T12:00:00Z");
  CHECK(rfc3339(from_unix_us(1761307200000120)) == "2025-10-24T12:00:00.000120Z");
  CHECK(parse_rfc3339("2025-10-24T12:00:00.00012Z") == from_unix_us(1761307200000120));
  CHECK(parse_rfc3339("2025-10-24T14:00:00+02:00") == from_unix_us(1761307200000000));
  for (const char* bad :
       {"", "2025-13-01T00:00:00Z", "2025-10-24", "2025-10-24T12:00:00", "2025-10-24T12:00:00.Z",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"}) {
    CHECK_FALSE(parse_rfc3339(bad).has_value());
  }
}

TEST_CASE("a second of 60 is valid only at the end of a month in UTC") {
  const auto new_year = parse_rfc3339("2017-01-01T00:00:00Z");
  CHECK(parse_rfc3339("2016-12-31T23:59:60Z") == new_year);
  CHECK(parse_rfc3339("2016-12-31T15:59:60-08:00") == new_year);
  CHECK(parse_rfc3339("2016-12-31T23:59:60.5Z") == *new_year + std::chrono::milliseconds{500});
  CHECK(parse_rfc3339("2015-06-30T23:59:60Z") == parse_rfc3339("2015-07-01T00:00:00Z"));
  for (const char* bad :
       {"2025-10-24T12:30:60Z", "2025-10-24T12:59:60Z", "2025-10-24T23:59:60Z",
        "2016-12-31T23:59:60+01:00", "2016-12-31T23:58:60Z", "2025-10-24T12:30:61Z"}) {
    INFO(bad);
    CHECK_FALSE(parse_rfc3339(bad).has_value());
  }
}
