#include "base/ids.hpp"

#include "support/catch.hpp"

using namespace feedctl;

TEST_CASE("an id holds its creation time in milliseconds and sorts by time") {
  const Time at = from_unix_us(1761307200123456);
  const Id id = make_id(at, bulk_node, 5);
  CHECK(time_of_id(id) == std::chrono::floor<std::chrono::milliseconds>(at));
  CHECK(id < make_id(at + std::chrono::milliseconds{1}, 0, 0));
  CHECK(is_bulk_id(id));
  CHECK_FALSE(is_bulk_id(make_id(at, bulk_node - 1, 5)));
  CHECK(make_id(parse_rfc3339("2059-01-01T00:00:00Z").value(), 31, 127) < (Id{1} << 53));
}

TEST_CASE("an id is read only in its canonical form") {
  CHECK(parse_id("1") == 1);
  CHECK(parse_id("9223372036854775807") == 9223372036854775807);
  for (const char* bad :
       {"", "0", "-1", "+1", "01", " 1", "1 ", "1e3", "1.0", "9223372036854775808", "abc"}) {
    CHECK_FALSE(parse_id(bad).has_value());
  }
}

TEST_CASE("ids are distributed evenly over the shards") {
  std::vector<int> hits(shard_count);
  for (int i = 0; i < 102400; ++i)
    ++hits[static_cast<std::size_t>(shard_of((Id{i} * 37 + 5) << 12 | (i & 127)))];
  for (const int n : hits) {
    CHECK(n > 40);
    CHECK(n < 200);
  }
}

TEST_CASE("a UUIDv7 has the right version bits and later ones sort later") {
  const auto a = make_uuid_v7();
  CHECK(a.size() == 36);
  CHECK(a[14] == '7');
  CHECK(std::string("89ab").find(a[19]) != std::string::npos);
  CHECK(a != make_uuid_v7());
}
