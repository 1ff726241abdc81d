#include "imports/cbor.hpp"

#include "imports/cid.hpp"
#include "support/car_writer.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::imports;
using namespace feedctl::support;

namespace {

std::string bytes_of(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes += static_cast<char>(value);
  return bytes;
}

bool is_refused(std::initializer_list<int> values) {
  return !cbor::decode(bytes_of(values));
}

std::string nested(std::size_t levels) {
  return std::string(levels, '\x81') + cbor_null();
}

}  // namespace

TEST_CASE("the values of DAG-CBOR are decoded") {
  const auto cid = cid_of("block");
  const auto value = cbor::decode(
      cbor_map({{"a", cbor_array({cbor_integer(0), cbor_integer(24), cbor_integer(1ULL << 40)})},
                {"b", cbor_bytes("\xff")},
                {"c", cbor_link(cid)},
                {"n", cbor_null()},
                {"t", cbor_text("h\xc3\xa9")}}));
  REQUIRE(value);
  const auto* numbers = value->find("a")->array();
  REQUIRE(numbers);
  CHECK(*numbers->at(1).integer() == 24);
  CHECK(*numbers->at(2).integer() == std::int64_t{1} << 40);
  CHECK(value->find("b")->bytes()->bytes == "\xff");
  CHECK(value->find("c")->cid()->codec == 0x71);
  CHECK(value->find("c")->cid()->hash == sha256("block"));
  CHECK(value->find("n")->is_null());
  CHECK(*value->find("t")->text() == "h\xc3\xa9");
  CHECK(value->find("z") == nullptr);
  CHECK(*cbor::decode(bytes_of({0x38, 0x63}))->integer() == -100);
  CHECK(cbor::decode(bytes_of({0xf5})));
  CHECK(cbor::decode(bytes_of({0xfb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0})));
}

TEST_CASE("what is not strict DAG-CBOR is refused") {
  CHECK(is_refused({}));
  CHECK(is_refused({0x00, 0x00}));                          // two items
  CHECK(is_refused({0x18, 0x17}));                          // not the shortest form
  CHECK(is_refused({0x19, 0x00, 0xff}));                    // not the shortest form
  CHECK(is_refused({0x18}));                                // cut off
  CHECK(is_refused({0x1c}));                                // a reserved length
  CHECK(is_refused({0x5f, 0x41, 0x61, 0xff}));              // bytes of indefinite length
  CHECK(is_refused({0x7f, 0x61, 0x61, 0xff}));              // a text of indefinite length
  CHECK(is_refused({0x9f, 0x00, 0xff}));                    // an array of indefinite length
  CHECK(is_refused({0xbf, 0xff}));                          // a map of indefinite length
  CHECK(is_refused({0x61, 0xff}));                          // a text that is not UTF-8
  CHECK(is_refused({0xa1, 0x00, 0x00}));                    // a key that is no text
  CHECK(is_refused({0xa2, 0x61, 'a', 0, 0x61, 'a', 0}));    // a key twice
  CHECK(is_refused({0xa2, 0x61, 'b', 0, 0x61, 'a', 0}));    // keys out of order
  CHECK(is_refused({0xc1, 0x00}));                          // another tag
  CHECK(is_refused({0xd8, 0x2a, 0x41, 0x00}));              // a link to nothing
  CHECK(is_refused({0xf7}));                                // undefined
  CHECK(is_refused({0xf9, 0x3c, 0x00}));                    // a short float
  CHECK(is_refused({0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0}));  // infinity
  CHECK(is_refused({0x1b, 0xff, 0, 0, 0, 0, 0, 0, 0}));     // beyond an int64
}

TEST_CASE("lengths beyond what is there allocate nothing") {
  for (const int major : {0x40, 0x60, 0x80, 0xa0}) {
    CHECK(is_refused({major | 0x1b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}));
    CHECK(is_refused({major | 0x1a, 0xff, 0xff, 0xff, 0xff, 0}));
  }
}

TEST_CASE("depth and the number of values are bounded") {
  CHECK(cbor::decode(nested(64)));
  CHECK_FALSE(cbor::decode(nested(65)));
  CHECK_FALSE(cbor::decode(nested(1'000'000)));
  const std::vector<std::string> nulls(cbor::max_values, cbor_null());
  CHECK_FALSE(cbor::decode(cbor_array(nulls)));
  CHECK(cbor::decode(cbor_array({nulls.begin() + 1, nulls.end()})));
}

TEST_CASE("varints have one form and a limit") {
  const auto number_of = [](std::string bytes) {
    std::string_view rest = bytes;
    return take_varint(rest);
  };
  for (const std::uint64_t value : {0ULL, 127ULL, 128ULL, 300ULL, (1ULL << 63) - 1})
    CHECK(number_of(car_varint(value)) == value);
  CHECK_FALSE(number_of(""));
  CHECK_FALSE(number_of("\x80"));
  CHECK_FALSE(number_of(std::string("\x80\0", 2)));
  CHECK_FALSE(number_of(car_varint(~0ULL)));
  CHECK_FALSE(number_of(std::string(100, '\xff')));
}

TEST_CASE("identifiers of another version, hash or size are refused") {
  const auto good = cid_of("block");
  const auto is_taken = [](std::string_view bytes) { return take_cid(bytes).has_value(); };
  CHECK(is_taken(good));
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK_FALSE(is_taken(good.substr(0, size)));
  for (const std::size_t at : {0, 2, 3}) {
    auto other = good;
    ++other[at];
    CHECK_FALSE(is_taken(other));
  }
  CHECK_FALSE(is_taken("\x12\x20" + good.substr(4)));  // version 0
}
