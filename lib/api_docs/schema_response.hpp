#pragma once
// The OpenAPI description as a response, in the form that the client asks for. Thread-safe.
#include "http/message.hpp"

namespace feedctl::api_docs {

http::Response json_schema_response(const http::Request& request);
http::Response yaml_schema_response(const http::Request& request);

// By the query's `format` (json or yaml), else by Accept, else JSON. Error(invalid_argument) for
// another format.
http::Response negotiated_schema_response(const http::Request& request);

}  // namespace feedctl::api_docs
