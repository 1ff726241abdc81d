#pragma once
// Range requests (RFC 9110, 14) for responses whose whole body is known. A pure function.
#include "http/message.hpp"

namespace feedctl::http {

// Answers a GET with a single range of a 200: 206 with that part of the body or file, 416 for a
// range outside of it. Everything else gets the whole: several ranges, another unit, a malformed
// Range, and an If-Range that is not the strong ETag of the response. Adds Accept-Ranges to a 200
// and 206. Comes after with_etag().
Response with_range(const Request& request, Response response);

}  // namespace feedctl::http
