#pragma once
// One HTTP/1.1 request and its answer over a connection; cpp-httplib writes and reads them. One
// thread. Throws CallFailure.
#include <cstddef>

#include "http_client/client.hpp"
#include "http_client/connection.hpp"

namespace feedctl::http_client {

// `target`: path and query; `authority`: the Host field. A compressed answer, a body above
// `max_body` and a head above 32 KiB are failures. Where the server stops reading a body from a
// file, its answer counts, unless it is a success.
Response exchange(ByteStream& stream, const Request& request, const std::string& authority,
                  const std::string& target, std::size_t max_body);

}  // namespace feedctl::http_client
