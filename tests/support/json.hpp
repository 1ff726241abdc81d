#pragma once
// Members of JSON by name, of a parsed value or of an answer's body. Where one is missing or of
// another type they throw, and say what was there instead: of an answer its status and its body.
// Any thread may use them.
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/json.hpp"

namespace feedctl::support {

namespace detail {

inline std::string described(const json::Value& value) {
  if (value.object() == nullptr) return "what is no object";
  std::string names = "an object of";
  for (const auto& [name, member] : *value.object()) names += " " + name;
  return names;
}

// HttpResponse, http::Response, RawResponse: any type with status and body.
template <typename Answer>
std::string described(const Answer& answer) {
  return "the answer " + std::to_string(answer.status) + " " + answer.body;
}

inline const json::Value& value_of(const json::Value& value) {
  return value;
}
template <typename Answer>
json::Value value_of(const Answer& answer) {
  try {
    return json::parse(answer.body);
  } catch (const std::exception&) {
    return {};  // no JSON has no member
  }
}

// `read`: what gives a value of that type, or nullptr.
template <typename Source, typename Type>
Type member_of(const Source& source, std::string_view name,
               const Type* (json::Value::*read)() const) {
  const json::Value& value = value_of(source);
  const auto* member = value.find(name);
  if (const auto* found = member == nullptr ? nullptr : (member->*read)()) return *found;
  throw std::runtime_error("no such \"" + std::string(name) + "\" in " + described(source));
}

}  // namespace detail

// `source`: a json::Value or an answer.
template <typename Source>
std::int64_t integer_in(const Source& source, std::string_view name) {
  return detail::member_of(source, name, &json::Value::integer);
}
template <typename Source>
std::string text_in(const Source& source, std::string_view name) {
  return detail::member_of(source, name, &json::Value::text);
}
template <typename Source>
bool flag_in(const Source& source, std::string_view name) {
  return detail::member_of(source, name, &json::Value::boolean);
}
inline const json::Array& list_in(const json::Value& source, std::string_view name) {
  const auto* member = source.find(name);
  if (const auto* items = member == nullptr ? nullptr : member->array()) return *items;
  throw std::runtime_error("no list \"" + std::string(name) + "\" in " + detail::described(source));
}
// Of a temporary, a copy, so that a loop may go over it. No reference to one of its items may be
// kept.
inline json::Array list_in(json::Value&& source, std::string_view name) {
  return list_in(static_cast<const json::Value&>(source), name);
}
template <typename Answer>
requires(!std::is_same_v<std::remove_cvref_t<Answer>, json::Value>) json::Array
    list_in(const Answer& source, std::string_view name) {
  return detail::member_of(source, name, &json::Value::array);
}
inline const json::Value& member_in(const json::Value& value, std::string_view name) {
  if (const auto* found = value.find(name)) return *found;
  throw std::runtime_error("no \"" + std::string(name) + "\" in " + detail::described(value));
}
inline const json::Array& items_of(const json::Value& value) {
  if (const auto* items = value.array()) return *items;
  throw std::runtime_error("no list: " + detail::described(value));
}
// nullopt where it is null, as a list's cursor at the end.
template <typename Source>
std::optional<std::string> text_or_null_in(const Source& source, std::string_view name) {
  const json::Value& value = detail::value_of(source);
  const auto* member = value.find(name);
  if (member != nullptr && member->is_null()) return std::nullopt;
  return text_in(source, name);
}

}  // namespace feedctl::support
