#include "base/json.hpp"

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "support/catch.hpp"

using namespace feedctl;

TEST_CASE("a document is read into typed values") {
  const auto doc =
      json::parse(R"({"a":1,"b":[true,null,"x\u00e9"],"c":1.5,"d":9223372036854775808})");
  CHECK(*doc.find("a")->integer() == 1);
  CHECK(*doc.find("b")->array()->at(2).text() == "x\xc3\xa9");
  CHECK(doc.find("c")->integer() == nullptr);
  CHECK(doc.find("d")->integer() == nullptr);
  CHECK(doc.find("e") == nullptr);
}

TEST_CASE("malformed JSON is refused") {
  std::string deep(10000, '[');
  for (const std::string& bad :
       {std::string("invalid json"), std::string(""), std::string("{} x"), std::string("{\"a\":1"),
        std::string("\xef\xbb\xbf{}"), std::string("{\"a\":1,\"a\":2}"), std::string("\"\\ud800\""),
        std::string("\"\xff\""), std::string("NaN"), std::string("1e400"), deep,
        std::string("{}\0", 3), std::string("{}\0x", 4), std::string("\"a\0\"", 4)}) {
    CHECK_THROWS_AS(json::parse(bad), Error);
  }
}

TEST_CASE("the writer's output is valid JSON for any input bytes") {
  std::string out;
  json::Writer w(out);
  w.open_object()
      .text("k", std::string("a\"\\\n\x01\xff\xc3\xa9", 8))
      .integer("n", -5)
      .key("l")
      .open_array();
  w.boolean(true).null().real(0.5).close_array().close_object();
  CHECK(out ==
        "{\"k\":\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\xc3\xa9\",\"n\":-5,\"l\":[true,null,0.5]}");
  CHECK_NOTHROW(json::parse(out));
}

TEST_CASE("an optional member without a value is null") {
  std::string out;
  json::Writer writer(out);
  const std::optional<std::string> text = "x";
  writer.open_object().optional_text("a", text).optional_text("b", std::nullopt);
  writer.optional_integer("c", 7).optional_integer("d", std::nullopt);
  writer.optional_time("e", Time{}).optional_time("f", std::nullopt);
  writer.optional_raw("g", "[]").optional_raw("h", std::nullopt).close_object();
  CHECK(out == R"({"a":"x","b":null,"c":7,"d":null,"e":")" + rfc3339(Time{}) +
                   R"(","f":null,"g":[],"h":null})");
}

TEST_CASE("all control characters are escaped") {
  std::string out;
  json::append_quoted(out,
                      "\x1b[2J \x7f \xc2\x9b"
                      "2J \xc2\x80 \xc2\xa0");
  CHECK(out == "\"\\u001b[2J \\u007f \\u009b2J \\u0080 \xc2\xa0\"");
  CHECK(*json::parse(out).text() ==
        "\x1b[2J \x7f \xc2\x9b"
        "2J \xc2\x80 \xc2\xa0");
}

TEST_CASE("a duplicate key is detected among few keys and among thousands") {
  for (const int count : {1, 15, 16, 17, 30'000}) {
    std::string text = "{";
    for (int i = 0; i < count; ++i) text += "\"" + std::to_string(i) + "\":0,";
    INFO(count);
    CHECK(json::parse(text + "\"x\":0}").object()->size() == static_cast<std::size_t>(count) + 1);
    for (const auto& known : {std::string("0"), std::to_string(count - 1)}) {
      CHECK_THROWS_AS(json::parse(text + "\"" + known + "\":1}"), Error);
      CHECK_THROWS_AS(json::parse(text + "\"y\":0,\"z\":0,\"y\":1}"), Error);
    }
    // The same name elsewhere is another key.
    CHECK_NOTHROW(json::parse("[" + text + "\"x\":{\"0\":1}},{\"0\":2}]"));
  }
}
