#include "base/uuid.hpp"

#include "base/ids.hpp"
#include "support/catch.hpp"

using namespace feedctl;

TEST_CASE("a UUID is read and written in its usual text form") {
  const std::string text = "01234567-89ab-cdef-0123-456789abcdef";
  const auto uuid = parse_uuid(text);
  REQUIRE(uuid);
  CHECK(uuid->bytes[0] == 0x01);
  CHECK(uuid->bytes[15] == 0xef);
  CHECK(to_string(*uuid) == text);
  const auto made = make_uuid_v7();
  CHECK(to_string(parse_uuid(made).value()) == made);
  CHECK_FALSE(parse_uuid(made) == uuid);
}

TEST_CASE("text that is no UUID in lowercase is refused") {
  for (const auto* text :
       {"", "7", "01234567-89ab-cdef-0123-456789abcde", "01234567-89ab-cdef-0123-456789abcdef0",
        "01234567-89AB-CDEF-0123-456789ABCDEF", "0123456789abcdef0123456789abcdef",
        "01234567-89ab-cdef-0123-456789abcdeg", "0123456-789ab-cdef-0123-456789abcdef",
        "01234567-89ab-cdef-01234-56789abcdef", "{1234567-89ab-cdef-0123-456789abcde}",
        "01234567-89ab-cdef-0123--56789abcdef", " 1234567-89ab-cdef-0123-456789abcdef"}) {
    INFO('"' << text << '"');
    CHECK_FALSE(parse_uuid(text));
  }
}
