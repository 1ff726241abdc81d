#include "base/utf8.hpp"

#include "support/catch.hpp"

using namespace feedctl;

TEST_CASE("UTF-8 is counted in code points and malformed bytes are seen") {
  CHECK(utf8_length("a\xc3\xa9\xf0\x9f\x98\x80") == 3);
  for (const char* bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3"}) {
    CHECK_FALSE(utf8_length(bad).has_value());
  }
  CHECK(is_blank(" \t\n"));
  CHECK(is_blank("\xe2\x80\x8b \xef\xbb\xbf"));
  CHECK_FALSE(is_blank(""));
  CHECK_FALSE(is_blank(" a "));
}
