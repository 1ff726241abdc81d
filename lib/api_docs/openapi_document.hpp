#pragma once
// The OpenAPI description of the HTTP API, as the program embeds it. Both forms live as long as the
// program. Thread-safe.
#include <string>
#include <string_view>

namespace feedctl::api_docs {

// The bytes of docs/openapi.yaml.
std::string_view openapi_yaml();

// The same document as JSON, made at the first call.
const std::string& openapi_json();

}  // namespace feedctl::api_docs
