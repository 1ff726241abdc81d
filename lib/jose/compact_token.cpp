#include "jose/compact_token.hpp"

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"
#include "base/error.hpp"

namespace feedctl::jose {

namespace {

constexpr std::size_t es256_signature_size = 64;

bool is_zero(std::string_view number) {
  return std::all_of(number.begin(), number.end(), [](char c) { return c == '\0'; });
}

}  // namespace

EncodedParts split_token(std::string_view token) {
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    throw MalformedToken("not three parts");
  return {token.substr(0, first), token.substr(first + 1, second - first - 1),
          token.substr(second + 1)};
}

std::string decode_part(std::string_view part) {
  auto bytes = from_base64url(part);
  if (!bytes || bytes->empty()) throw MalformedToken("not canonical base64url");
  return std::move(*bytes);
}

json::Value parse_object(std::string_view text) {
  try {
    auto value = json::parse(text);
    if (value.object() != nullptr) return value;
  } catch (const Error& error) {
    throw MalformedToken(error.hint());
  }
  throw MalformedToken("not a JSON object");
}

bool has_es256_form(std::string_view signature) {
  constexpr auto half = es256_signature_size / 2;
  return signature.size() == es256_signature_size && !is_zero(signature.substr(0, half)) &&
         !is_zero(signature.substr(half));
}

bool has_audience(const json::Value& claims, std::string_view audience) {
  const auto is_it = [audience](const json::Value& value) {
    return value.text() != nullptr && *value.text() == audience;
  };
  const auto* value = claims.find("aud");
  if (value == nullptr) return false;
  const auto* list = value->array();
  return list != nullptr ? std::any_of(list->begin(), list->end(), is_it) : is_it(*value);
}

}  // namespace feedctl::jose
