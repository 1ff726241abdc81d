#include "oidc/json_answer.hpp"

#include <algorithm>

#include "oidc/errors.hpp"

namespace feedctl::oidc {

namespace {

bool is_json(const http_client::Response& response) {
  const auto type = response.media_type();
  return type == "application/json" || type == "application/jwk-set+json" ||
         type == "application/vnd.github+json";
}

}  // namespace

std::optional<json::Value> try_parse_object(const http_client::Response& response) {
  if (!is_json(response)) return std::nullopt;
  try {
    auto value = json::parse(response.body);
    if (value.object() != nullptr) return value;
  } catch (const Error&) {
  }
  return std::nullopt;
}

json::Value parse_answer(const std::string& provider, const std::string& what,
                         const http_client::Response& response) {
  if (!response.is_success())
    throw invalid_answer(provider, what + ": status " + std::to_string(response.status));
  if (!is_json(response))
    throw invalid_answer(provider, what + ": its content type is not application/json");
  if (auto object = try_parse_object(response)) return std::move(*object);
  throw invalid_answer(provider, what + ": not a JSON object");
}

std::string text_member(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  return value != nullptr && value->text() != nullptr ? *value->text() : "";
}

std::string to_error_code(std::string_view text) {
  constexpr std::size_t max_size = 64;
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const bool is_code =
      !text.empty() && text.size() <= max_size && std::all_of(text.begin(), text.end(), is_plain);
  return is_code ? std::string(text) : "an unknown error";
}

}  // namespace feedctl::oidc
