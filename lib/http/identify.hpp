#pragma once
// The ids a request travels under, taken over from the client where they are well-formed.
#include <string_view>

#include "http/message.hpp"

namespace feedctl::http {

// Sets request_id (X-Request-Id of 1 to 128 visible ASCII characters, else a new UUIDv7) and
// traceparent (W3C Trace Context: the client's where it is valid, else that of a new trace).
void identify(Request& request);
bool is_traceparent(std::string_view text);
// The trace's id within a traceparent, "" where there is none: what log lines carry.
std::string_view trace_id(const Request& request);

}  // namespace feedctl::http
