#include "auth/credentials.hpp"

#include <charconv>

#include "base/ascii.hpp"
#include "base/error.hpp"
#include "http/json_body.hpp"

namespace feedctl::auth {

namespace {

constexpr std::string_view scheme = "bearer ";

Error unauthenticated_error(const std::string& message) {
  return Error(ErrorCode::unauthenticated, message);
}

// The value of a header that may be sent once; throws `twice` for a second one.
const std::string* single_header(const http::Request& request, std::string_view name,
                                 const Error& twice) {
  const std::string* found = nullptr;
  for (const auto& [key, value] : request.headers) {
    if (key != name) continue;
    if (found != nullptr) throw twice;
    found = &value;
  }
  return found;
}

bool starts_with_scheme(std::string_view value) {
  return value.size() > scheme.size() && to_lower(value.substr(0, scheme.size())) == scheme;
}

std::optional<Id> form_id(const http::MultipartForm& form, const std::string& name) {
  const auto text = form.text(name);
  if (!text) return std::nullopt;
  if (const auto id = parse_id(*text)) return id;
  const auto fault = name + " must be a positive integer";
  throw Error(ErrorCode::invalid_argument, fault).with_field('/' + name, fault);
}

// As JsonBody::id() reads one.
std::optional<Id> query_id(const http::Request& request, const std::string& name) {
  const auto* text = request.query_param(name);
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

void refuse_token_in_query(const http::Request& request) {
  for (const auto& [name, value] : request.query) {
    if (name == "access_token" || name == "token") {
      throw unauthenticated_error(
          "a token in the query is not accepted; send it as Authorization: Bearer");
    }
  }
}

std::optional<std::string> bearer_token(const http::Request& request) {
  refuse_token_in_query(request);
  const auto* header = single_header(request, "authorization",
                                     unauthenticated_error("more than one Authorization header"));
  if (header == nullptr) return std::nullopt;
  if (!starts_with_scheme(*header)) {
    throw unauthenticated_error("only Authorization: Bearer <token> is accepted");
  }
  return header->substr(scheme.size());
}

std::optional<Id> user_id_header(const http::Request& request) {
  const auto* header = single_header(
      request, "x-user-id", Error(ErrorCode::invalid_argument, "X-User-Id must be given once"));
  if (header == nullptr) return std::nullopt;
  const auto id = parse_id(*header);
  if (!id) throw Error(ErrorCode::invalid_argument, "X-User-Id must be a user id");
  return id;
}

std::optional<Id> actor_in_request(const http::Request& request, const http::JsonBody* body) {
  for (const auto* name : {"user_id", "author_id"}) {
    if (body == nullptr) break;
    if (const auto id = body->id(name)) return id;
  }
  for (const auto* name : {"user_id", "author_id"}) {
    if (const auto id = query_id(request, name)) return id;
  }
  return std::nullopt;
}

std::optional<Id> actor_in_request(const http::Request& request, const http::MultipartForm& form) {
  for (const auto* name : {"user_id", "author_id"}) {
    if (const auto id = form_id(form, name)) return id;
  }
  return actor_in_request(request);
}

}  // namespace feedctl::auth
