#pragma once
// Answers of a provider's servers as JSON objects. Pure functions.
#include <optional>
#include <string>

#include "base/json.hpp"
#include "http_client/client.hpp"

namespace feedctl::oidc {

// Error(unavailable) for another status than 2xx, another media type than JSON and for anything but
// an object. `what` is for the log: "discovery".
json::Value parse_answer(const std::string& provider, const std::string& what,
                         const http_client::Response& response);

// nullopt: it is no JSON object.
std::optional<json::Value> try_parse_object(const http_client::Response& response);

// The member's text; "": absent or no text.
std::string text_member(const json::Value& object, std::string_view name);

// An error code of OAuth as the log may have it (RFC 6749, section 5.2).
std::string to_error_code(std::string_view text);

}  // namespace feedctl::oidc
