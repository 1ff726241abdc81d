#pragma once
// What an answer of S3 that is no success means. Pure functions; any thread.
#include <string>

#include "base/error.hpp"
#include "base/time.hpp"
#include "http_client/client.hpp"

namespace feedctl::blob {

// The element Code of the answer, such as "NoSuchKey"; "": the answer has none.
std::string s3_code(const http_client::Response& response);

// Another attempt may succeed: 500, 502, 503, 504, 408, 429, and a content that came too slowly.
bool is_transient(const http_client::Response& response);

// Error(unavailable) with the reason and, where an operator can do something, with a hint. `now`
// is compared with the server's clock. `what`: "store an object".
Error s3_failure(const std::string& what, const http_client::Response& response, Time now);

}  // namespace feedctl::blob
