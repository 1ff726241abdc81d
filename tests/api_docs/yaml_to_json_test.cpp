#include "api_docs/yaml_to_json.hpp"

#include "base/error.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using api_docs::yaml_to_json;

TEST_CASE("only plain scalars become null, booleans and numbers") {
  CHECK(yaml_to_json("{a: null, b: ~, c: , d: 'null', e: \"~\"}") ==
        R"({"a":null,"b":null,"c":null,"d":"null","e":"~"})");
  CHECK(yaml_to_json("[true, false, 'true', yes, No, on, off]") ==
        R"([true,false,"true","yes","No","on","off"])");
  CHECK(yaml_to_json("[1, -2, 0.5, 1e3, -1.5E-2, 9223372036854775807]") ==
        "[1,-2,0.5,1e3,-1.5E-2,9223372036854775807]");
  CHECK(yaml_to_json("['1', \"2\", 007, +1, 1., .5, 1_000, 0x1f, 1e, 3.1.0, 12:30]") ==
        R"(["1","2","007","+1","1.",".5","1_000","0x1f","1e","3.1.0","12:30"])");
  CHECK(yaml_to_json("{200: a, true: b, '304': c}") == R"({"200":"a","true":"b","304":"c"})");
}

TEST_CASE("texts keep their characters and lines") {
  CHECK(yaml_to_json("a: |\n  one\n  \"two\"\n") == R"({"a":"one\n\"two\"\n"})");
  CHECK(yaml_to_json("a: '^\\d+$'") == R"({"a":"^\\d+$"})");
  CHECK(yaml_to_json("a: \"x\\ny\"") == R"({"a":"x\ny"})");
  CHECK(yaml_to_json("{a: [], b: {}, c: ''}") == R"({"a":[],"b":{},"c":""})");
}

TEST_CASE("what JSON cannot hold is refused with its line") {
  for (const char* text : {"a: 1\na: 2", "? [a]\n: 1", "a: !!binary aGk=", "a: 1\nb: ["}) {
    INFO(text);
    CHECK_THROWS_AS(yaml_to_json(text), Error);
  }
  try {
    yaml_to_json("a: 1\na: 2");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) == "line 2: the key a is there twice");
  }
}
