#pragma once
// The ids of a request in logs and traces, from the client where they are valid. Thread-safe.
#include <optional>
#include <string_view>

#include "http/message.hpp"

namespace feedctl::http {

// Sets request_id: the client's X-Request-Id of 1 to 128 visible ASCII characters, else a new
// UUIDv7. Sets traceparent (W3C Trace Context): the client's where it is valid, else that of a new
// trace.
void assign_request_ids(Request& request);
// The same from the values of the two fields.
void assign_request_ids(Request& request, std::optional<std::string_view> request_id,
                        std::optional<std::string_view> traceparent);
bool is_traceparent(std::string_view text);
// The trace id within the traceparent, for log lines; "" where there is none.
std::string_view trace_id(const Request& request);

}  // namespace feedctl::http
