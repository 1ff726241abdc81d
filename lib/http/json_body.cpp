#include "http/json_body.hpp"

#include <charconv>

#include "base/error.hpp"
#include "http/body_file.hpp"
#include "http/content_negotiation.hpp"
#include "http/header_text.hpp"
#include "http/problem.hpp"

namespace feedctl::http {

namespace {

// application/json or application/anything+json, in UTF-8.
bool is_json(std::string_view content_type) {
  const auto semicolon = content_type.find(';');
  const auto type = to_lower(media_type(content_type));
  const bool json =
      type == "application/json" || (type.rfind("application/", 0) == 0 && type.size() > 17 &&
                                     type.compare(type.size() - 5, 5, "+json") == 0);
  if (!json || semicolon == std::string_view::npos) return json;
  const auto parameters = to_lower(content_type.substr(semicolon));
  const auto charset = parameters.find("charset=");
  if (charset == std::string::npos) return true;
  const auto value = parameters.substr(charset + 8);
  return value.rfind("utf-8", 0) == 0 || value.rfind("\"utf-8\"", 0) == 0;
}

Error invalid_field(std::string_view name, const std::string& what) {
  const auto message = std::string(name) + " " + what;
  return Error(ErrorCode::invalid_argument, message).with_field("/" + std::string(name), message);
}

// An integer of a body: a number without fraction, or the same as canonical decimal text.
std::optional<Id> integer_of(const json::Value& value) {
  if (const auto* number = value.integer()) return *number;
  const auto* text = value.text();
  if (text == nullptr || text->empty()) return std::nullopt;
  Id number = 0;
  const auto* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc{} || stop != end || std::to_string(number) != *text) return std::nullopt;
  return number;
}

Id id_of(std::string_view name, const json::Value& value) {
  const auto number = integer_of(value);
  if (!number) throw invalid_field(name, "must be an integer");
  if (*number < 1) throw invalid_field(name, "must be positive");
  return *number;
}

}  // namespace

bool is_json_body(const Request& request) {
  const auto* type = request.header("content-type");
  return type == nullptr || is_json(*type);
}

JsonBody JsonBody::parse(const Request& request) {
  JsonBody body;
  body.value_ = json::Value{json::Object{}};
  if (!request.has_body) return body;
  if (!is_json_body(request)) throw HttpError(415, "Content-Type must be application/json");
  const auto content = read_body(request);
  if (content.empty()) return body;
  body.value_ = json::parse(content);
  if (body.value_.object() == nullptr) {
    throw Error(ErrorCode::invalid_argument, "JSON body must be an object");
  }
  return body;
}

std::optional<std::string> JsonBody::text(std::string_view name) const {
  const auto* value = value_.find(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (value->text() == nullptr) throw invalid_field(name, "must be a string");
  return *value->text();
}

std::string JsonBody::required_text(std::string_view name) const {
  if (auto value = text(name)) return *std::move(value);
  throw invalid_field(name, "is required");
}

std::optional<Id> JsonBody::id(std::string_view name) const {
  const auto* value = value_.find(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return id_of(name, *value);
}

}  // namespace feedctl::http
