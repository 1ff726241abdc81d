#pragma once
// The unverified credentials of a request. Pure functions.
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "http/json_body.hpp"
#include "http/message.hpp"
#include "http/multipart.hpp"

namespace feedctl::auth {

// Error(unauthenticated) for a token in the query, as URLs end up in logs.
void refuse_token_in_query(const http::Request& request);

// The bearer token of the Authorization header; nullopt: no header. Error(unauthenticated) for
// another scheme, a second header or a token in the query.
std::optional<std::string> bearer_token(const http::Request& request);

// X-User-Id; nullopt: no header. Error(invalid_argument) for two of them or no id.
std::optional<Id> user_id_header(const http::Request& request);

// The user_id or author_id in the body, else in the query. Error(invalid_argument) for no id.
std::optional<Id> actor_in_request(const http::Request& request,
                                   const http::JsonBody* body = nullptr);
// The same, with the fields of a form.
std::optional<Id> actor_in_request(const http::Request& request, const http::MultipartForm& form);

}  // namespace feedctl::auth
