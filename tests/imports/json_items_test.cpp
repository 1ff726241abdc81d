#include "imports/json_items.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "imports/recording_sink.hpp"
#include "support/catch.hpp"
#include "support/long_mode.hpp"
#include "support/resident_memory.hpp"

using namespace feedctl;
using namespace feedctl::imports;
using Items = std::vector<std::string>;

namespace {

// Delivers a text in pieces of one size.
ByteInput::Read pieces(std::string text, std::size_t size) {
  return [text = std::move(text), size, at = std::size_t{0}](std::span<char> buffer) mutable {
    const auto count = std::min({size, buffer.size(), text.size() - at});
    std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), count, buffer.begin());
    at += count;
    return count;
  };
}

struct Split {
  Items items;
  bool has_array = false;
  std::size_t too_large = 0;
};

Split split(const std::string& text, const JsonItemsOptions& options = {}, std::size_t piece = 7) {
  JsonItems items(pieces(text, piece), "a.json", options);
  Split result;
  while (const auto item = items.next()) result.items.emplace_back(*item);
  result.has_array = items.has_array();
  result.too_large = items.too_large();
  return result;
}

JsonItemsOptions at_path(const std::string& path) {
  JsonItemsOptions options;
  options.path = path;
  return options;
}

std::string fault_of(const std::string& text, const JsonItemsOptions& options = {}) {
  return bad_data_of([&] { split(text, options); });
}

// `first`, `size` times the byte, `last`.
ByteInput::Read long_text(std::string first, char byte, std::uint64_t size, std::string last) {
  return [=, before = pieces(first, 100), after = pieces(last, 100),
          left = size](std::span<char> buffer) mutable -> std::size_t {
    if (const auto count = before(buffer)) return count;
    const auto count = std::min<std::uint64_t>(left, buffer.size());
    left -= count;
    std::fill_n(buffer.begin(), count, byte);
    return count > 0 ? count : after(buffer);
  };
}

}  // namespace

TEST_CASE("the elements of an array come one by one, however the bytes are cut") {
  const std::string text =
      "\xef\xbb\xbf [ {\"a\":\"]},\\\"[\"} , [1,[]] ,\"x\\\\\", -1.5e3,null ]\n";
  const Items items{R"({"a":"]},\"["})", "[1,[]]", R"("x\\")", "-1.5e3", "null"};
  for (const std::size_t piece : {1, 2, 3, 1000}) CHECK(split(text, {}, piece).items == items);
  CHECK(split("[]").items.empty());
  CHECK(split("[]").has_array);
}

TEST_CASE("an array is found by its path") {
  const std::string text = R"({"x":[0],"a":{"b":[1]},"orderedItems":[1,{"b":2}],"z":{}})";
  CHECK(split(text, at_path("orderedItems")).items == Items{"1", R"({"b":2})"});
  CHECK(split(text, at_path("a.b")).items == Items{"1"});
  for (const char* path : {"b", "a", "a.c", "z.b", "x.b", ""}) {
    INFO(path);
    CHECK(split(text, at_path(path)).items.empty());
    CHECK_FALSE(split(text, at_path(path)).has_array);
  }
}

TEST_CASE("an assignment before the document is skipped where it may be there") {
  JsonItemsOptions options;
  options.allows_assignment = true;
  CHECK(split("window.YTD.tweets.part0 = [1 ]", options).items == Items{"1"});
  CHECK(split("[2]", options).items == Items{"2"});
  CHECK(fault_of("window.YTD = [1]").find("is not JSON") != std::string::npos);
  CHECK(fault_of("window" + std::string(1000, '.'), options).find("no '='") != std::string::npos);
}

TEST_CASE("elements keep only the members that are needed") {
  JsonItemsOptions options;
  options.members = {"id", "object.content", "object.tags"};
  const auto found =
      split(R"([{"z":{"id":1},"id":"a","object":{"x":[{}],"content":"c","tags":{"k":1}},"y":2},)"
            R"({"object":"text","i\u0064":3},{"z":1},7])",
            options);
  CHECK(found.items == Items{R"({"id":"a","object":{"content":"c","tags":{"k":1}}})",
                             R"({"object":"text","i\u0064":3})", "{}", "7"});
}

TEST_CASE("an element that is too large is passed by and counted") {
  JsonItemsOptions options;
  options.max_item_bytes = 10;
  const auto found = split(R"([1,"123456789","12345678",{"a":"0123456789"},2])", options);
  CHECK(found.items == Items{"1", R"("12345678")", "2"});
  CHECK(found.too_large == 2);
  options.members = {"b"};
  CHECK(split(R"([{"a":"0123456789"}])", options).too_large == 1);
}

TEST_CASE("a line of a gigabyte takes no memory") {
  const std::uint64_t size = support::long_mode() ? 1 << 30 : 1 << 27;
  const auto before = support::resident_bytes();
  JsonItems items(long_text("[\"", 'x', size, "\",1]"), "a.json", {});
  CHECK(items.next() == "1");
  CHECK(items.too_large() == 1);
  CHECK_FALSE(items.next());
  CHECK(support::resident_bytes() - before < 16 << 20);
}

TEST_CASE("what is deeply nested is refused") {
  const std::string open(60, '['), close(60, ']');
  CHECK(split(open + close).items.size() == 1);
  const auto deep = [](const char* part) {
    return bad_data_of([&] {
      JsonItems items(long_text("", part[0], 1 << 20, ""), "a.json", {});
      items.next();
    });
  };
  CHECK(deep("[") == "a.json: byte 64: is nested deeper than 64 levels");
}

TEST_CASE("what is no JSON is refused with its place") {
  CHECK(fault_of("[1,]") == "a.json: byte 3: is not JSON: unexpected ']'");
  CHECK(fault_of("[1 2]") == "a.json: byte 3: is not JSON: unexpected '2'");
  CHECK(fault_of("[{\"a\" 1}]") == "a.json: byte 6: is not JSON: unexpected '1'");
  CHECK(fault_of("[\x01]") == "a.json: byte 1: is not JSON: unexpected byte 0x01");
  for (const char* cut : {"", "[", "[1", "[1,", "[\"a", "[\"a\\", "[{\"a\":", "{\"a\":[1]"}) {
    INFO(cut);
    CHECK(fault_of(cut, at_path(cut[0] == '{' ? "a" : "")).find("ends in the middle") !=
          std::string::npos);
  }
}

TEST_CASE("UTF-16 and UTF-32 are named") {
  for (const auto& text : {std::string("\xff\xfe[\0", 4), std::string("\xfe\xff\0[", 4),
                           std::string("[\0]\0", 4), std::string("\0\0\0[", 4)}) {
    CHECK(fault_of(text) == "a.json: the text is UTF-16 or UTF-32, not UTF-8");
  }
}
