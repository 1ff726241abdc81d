#include "auth/credentials.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "auth/auth.hpp"
#include "base/error.hpp"

namespace feedctl::auth {

namespace {

constexpr std::string_view scheme = "bearer ";

Error refused(const std::string& message) {
  return Error(ErrorCode::unauthenticated, message);
}

// The one value of a header; Error(code) where it is sent twice.
const std::string* single(const http::Request& request, std::string_view name, const Error& twice) {
  const std::string* found = nullptr;
  for (const auto& [key, value] : request.headers) {
    if (key != name) continue;
    if (found != nullptr) throw twice;
    found = &value;
  }
  return found;
}

bool starts_with_scheme(std::string_view value) {
  const auto same = [](char ours, char theirs) {
    return ours == std::tolower(static_cast<unsigned char>(theirs));
  };
  return value.size() > scheme.size() &&
         std::equal(scheme.begin(), scheme.end(), value.begin(), same);
}

// As Body::id reads one.
std::optional<Id> query_id(const http::Request& request, const std::string& name) {
  const auto* text = request.query_value(name);
  if (text == nullptr) return std::nullopt;
  if (const auto id = parse_id(*text)) return id;
  Id value = 0;
  const auto* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  const bool integer = error == std::errc{} && stop == end && std::to_string(value) == *text;
  throw Error(ErrorCode::invalid_argument,
              name + (integer ? " must be positive" : " must be an integer"));
}

}  // namespace

std::optional<std::string> bearer_token(const http::Request& request) {
  for (const auto& [name, value] : request.query) {
    if (name == "access_token" || name == "token") {
      throw refused("a token in the query is not accepted; send it as Authorization: Bearer");
    }
  }
  const auto* header =
      single(request, "authorization", refused("more than one Authorization header"));
  if (header == nullptr) return std::nullopt;
  if (!starts_with_scheme(*header)) {
    throw refused("only Authorization: Bearer <token> is accepted");
  }
  return header->substr(scheme.size());
}

std::optional<Id> user_header(const http::Request& request) {
  const auto* header = single(request, "x-user-id",
                              Error(ErrorCode::invalid_argument, "X-User-Id must be given once"));
  if (header == nullptr) return std::nullopt;
  const auto id = parse_id(*header);
  if (!id) throw Error(ErrorCode::invalid_argument, "X-User-Id must be a user id");
  return id;
}

std::optional<Id> named_actor(const http::Request& request, const http::Body* body) {
  for (const auto* name : {"user_id", "author_id"}) {
    if (body == nullptr) break;
    if (const auto id = body->id(name)) return id;
  }
  for (const auto* name : {"user_id", "author_id"}) {
    if (const auto id = query_id(request, name)) return id;
  }
  return std::nullopt;
}

}  // namespace feedctl::auth
