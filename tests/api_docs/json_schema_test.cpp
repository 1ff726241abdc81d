// The checker of schemas finds planted faults, and says where they are.
#include "support/json_schema.hpp"

#include <stdexcept>

#include "support/catch.hpp"

using namespace feedctl;

namespace {

const json::Value document = json::parse(R"({"schemas": {
  "Id": {"type": "integer", "format": "int64", "minimum": 1},
  "Author": {"type": "object", "required": ["id"], "properties": {"id": {"$ref": "#/schemas/Id"}}},
  "Post": {"type": "object", "required": ["id", "at"], "properties": {
    "id": {"$ref": "#/schemas/Id"},
    "at": {"type": "string", "format": "date-time"},
    "text": {"type": ["string", "null"], "maxLength": 3},
    "author": {"anyOf": [{"$ref": "#/schemas/Author"}, {"type": "null"}]},
    "tags": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"enum": ["a", "b", null]}}}},
  "Scored": {"allOf": [{"$ref": "#/schemas/Post"},
                       {"type": "object", "required": ["score"],
                        "properties": {"score": {"type": "number", "maximum": 10}}}]},
  "Either": {"oneOf": [{"$ref": "#/schemas/Author"},
                       {"type": "object", "required": ["gone"],
                        "properties": {"gone": {"const": true}}}]},
  "Sums": {"type": "object", "additionalProperties": {"type": "number"}},
  "Open": {"type": "object", "additionalProperties": true},
  "Empty": {"type": "object", "additionalProperties": false}}})");

// The faults in one line; "" where there is none.
std::string faults(const std::string& schema, const std::string& value) {
  const support::JsonSchema checker(document);
  std::string text;
  for (const auto& fault : checker.faults(json::parse(schema), json::parse(value)))
    text += (text.empty() ? "" : "; ") + fault;
  return text;
}

std::string faults_of(const std::string& name, const std::string& value) {
  return faults(R"({"$ref": "#/schemas/)" + name + "\"}", value);
}

}  // namespace

TEST_CASE("a value that conforms has no fault") {
  CHECK(faults_of("Post", R"({"id": 7, "at": "2026-11-30T14:24:11.274304Z"})").empty());
  CHECK(faults_of("Post", R"({"id": 7, "at": "2026-11-30T14:24:11Z", "text": null,
                              "author": {"id": 1}, "tags": ["a", null]})")
            .empty());
  CHECK(faults_of("Post", R"({"id": 7, "at": "2026-11-30T14:24:11Z", "author": null,
                              "text": "äöü"})")
            .empty());
  CHECK(faults_of("Scored", R"({"id": 7, "at": "2026-11-30T14:24:11Z", "score": 0.5})").empty());
  CHECK(faults_of("Either", R"({"id": 7})").empty());
  CHECK(faults_of("Either", R"({"gone": true})").empty());
  CHECK(faults_of("Sums", R"({"a": 1, "b": 2.5})").empty());
  CHECK(faults_of("Open", R"({"a": "any"})").empty());
}

TEST_CASE("each planted fault is found at its place") {
  const auto post = [](const std::string& members) {
    return R"({"id": 7, "at": "2026-11-30T14:24:11Z")" + members + "}";
  };
  CHECK(faults_of("Post", R"({"id": 7})") == "/: no at");
  CHECK(faults_of("Post", "[]") == "/: no object");
  CHECK(faults_of("Post", R"({"id": "7", "at": "2026-11-30T14:24:11Z"})") == "/id: no integer");
  CHECK(faults_of("Post", R"({"id": 0, "at": "2026-11-30T14:24:11Z"})") == "/id: too small");
  CHECK(faults_of("Post", R"({"id": 7, "at": "2026-11-30 14:24:11"})") == "/at: no time in UTC");
  CHECK(faults_of("Post", R"({"id": 7, "at": "2026-13-30T14:24:11Z"})") == "/at: no time in UTC");
  CHECK(faults_of("Post", post(R"(, "text": 5)")) == "/text: of none of the types");
  CHECK(faults_of("Post", post(R"(, "text": "four")")) == "/text: too long");
  CHECK(faults_of("Post", post(R"(, "tags": [])")) == "/tags: too few items");
  CHECK(faults_of("Post", post(R"(, "tags": ["a", "a", "a"])")) == "/tags: too many items");
  CHECK(faults_of("Post", post(R"(, "tags": ["a", "c"])")) == "/tags/1: none of the choices");
  CHECK(faults_of("Post", post(R"(, "new": 1)")) == "/new: not documented");
  CHECK(faults_of("Post", post(R"(, "author": {"id": 1, "new": 1})")).find("/author/new") !=
        std::string::npos);
  CHECK(faults_of("Scored", post("")) == "/: no score");
  CHECK(faults_of("Scored", post(R"(, "score": 11)")) == "/score: too large");
  CHECK(faults_of("Scored", post(R"(, "score": 1, "new": 1)")) == "/new: not documented");
  CHECK(faults_of("Either", R"({"gone": false})").find("none of the alternatives") !=
        std::string::npos);
  CHECK(faults_of("Either", R"({"id": 7, "gone": true})").find("none of the alternatives") !=
        std::string::npos);
  CHECK(faults_of("Sums", R"({"a": "1"})") == "/a: no number");
  CHECK(faults_of("Empty", R"({"a": 1})") == "/a: not allowed");
  CHECK(faults(R"({"type": "string", "format": "uuid"})", R"("7")") == "/: no UUID");
  CHECK(faults(R"({"type": "string", "pattern": "^[a-z]+$"})", R"("a1")") ==
        "/: does not match ^[a-z]+$");
  CHECK(faults(R"({"oneOf": [{"type": "integer"}, {"type": "number"}]})", "1") ==
        "/: more than one of the alternatives");
}

TEST_CASE("a schema that the checker does not understand is an error of the test") {
  CHECK_THROWS_AS(faults(R"({"multipleOf": 2})", "4"), std::logic_error);
  CHECK_THROWS_AS(faults(R"({"format": "email"})", "4"), std::logic_error);
  CHECK_THROWS_AS(faults(R"({"type": "text"})", "4"), std::logic_error);
  CHECK_THROWS_AS(faults_of("Nothing", "4"), std::logic_error);
  const support::JsonSchema checker(document);
  CHECK_THROWS_AS(checker.require_known_keywords(json::parse(
                      R"({"properties": {"a": {"items": {"anyOf": [{"minProperties": 1}]}}}})")),
                  std::logic_error);
  for (const auto& [name, schema] : *document.find("schemas")->object())
    CHECK_NOTHROW(checker.require_known_keywords(schema));
}
