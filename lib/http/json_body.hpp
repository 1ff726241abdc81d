#pragma once
// The JSON object in a request's body. Thread-safe, as it never changes once it is parsed.
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "http/message.hpp"

namespace feedctl::http {

// Whether the body of that Content-Type is read as JSON: application/json, application/..+json, or
// without a type.
bool is_json_body(const Request& request);

class JsonBody {
 public:
  // An empty body reads as {}. HttpError(415) where a body came with a Content-Type that is neither
  // application/json nor application/..+json. Error(invalid_argument) for JSON that is malformed or
  // no object.
  static JsonBody parse(const Request& request);

  bool has(std::string_view name) const { return value_.find(name) != nullptr; }
  // Absent or null: nullopt. Another type: Error(invalid_argument), "<name> must be a string" or
  // "<name> must be an integer". An id is a number or a decimal string; below 1 it is
  // "<name> must be positive".
  std::optional<std::string> text(std::string_view name) const;
  std::optional<Id> id(std::string_view name) const;
  // The same, but absent or null is Error(invalid_argument), "<name> is required".
  std::string required_text(std::string_view name) const;
  const json::Value& value() const { return value_; }

 private:
  json::Value value_;
};

}  // namespace feedctl::http
