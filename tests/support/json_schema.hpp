#pragma once
// A checker for the subset of JSON Schema (2020-12) that docs/openapi.yaml uses. It is stricter
// than the standard: where a schema of an object does not say additionalProperties, the object may
// have no other members than those that the schema, its $ref and its allOf name. Any thread may use
// it; the document must outlive the checker.
#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace feedctl::support {

class JsonSchema {
 public:
  // `document` is what a $ref such as "#/components/schemas/Id" begins at.
  explicit JsonSchema(const json::Value& document) : document_(document) {}

  // What is wrong with the value, each with its place: "/posts/0/id: not an integer".
  // std::logic_error for a schema with a keyword or format that the checker does not know.
  std::vector<std::string> faults(const json::Value& schema, const json::Value& value) const;

  // std::logic_error where the schema, or one within it, has such a keyword. Follows no $ref.
  void require_known_keywords(const json::Value& schema) const;

  // The value itself, or what its $ref names. std::logic_error where there is no such thing.
  const json::Value& resolve(const json::Value& value) const;

 private:
  struct Check;
  const json::Value& document_;
};

}  // namespace feedctl::support
