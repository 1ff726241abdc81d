#pragma once
// Short words for black-box tests: send a request, look into its JSON.
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "support/catch.hpp"
#include "support/serve.hpp"

namespace feedctl::api {

using support::HttpAnswer;
using support::HttpClient;

inline json::Value parsed(const HttpAnswer& answer) {
  return json::parse(answer.body);
}

// A member by name; fails the test where it is not there or of another type.
inline std::int64_t number(const json::Value& value, const char* name) {
  const auto* member = value.find(name);
  REQUIRE(member != nullptr);
  REQUIRE(member->integer() != nullptr);
  return *member->integer();
}
inline std::string text(const json::Value& value, const char* name) {
  const auto* member = value.find(name);
  REQUIRE(member != nullptr);
  REQUIRE(member->text() != nullptr);
  return *member->text();
}
inline bool flag(const json::Value& value, const char* name) {
  const auto* member = value.find(name);
  REQUIRE(member != nullptr);
  REQUIRE(member->boolean() != nullptr);
  return *member->boolean();
}
inline const json::Array& list(const json::Value& value, const char* name) {
  const auto* member = value.find(name);
  REQUIRE(member != nullptr);
  REQUIRE(member->array() != nullptr);
  return *member->array();
}

// Of a temporary the list is copied out, so that a loop may go over it.
inline json::Array list(json::Value&& value, const char* name) {
  const json::Value& kept = value;
  return list(kept, name);
}

inline std::string error_of(const HttpAnswer& answer) {
  return text(parsed(answer), "error");
}

// Creates and returns the id.
std::int64_t create_user(const HttpClient& http, const std::string& handle);
std::int64_t create_post(const HttpClient& http, std::optional<std::int64_t> author = std::nullopt,
                         const std::string& text = "");
HttpAnswer like(const HttpClient& http, std::int64_t post, std::int64_t user);
// Ids of every page to the true end, following next_cursor; fails on a repeated id.
std::vector<std::int64_t> whole_list(const HttpClient& http, const std::string& path,
                                     const std::string& member, int limit);

}  // namespace feedctl::api
