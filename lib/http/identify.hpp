#pragma once
// The ids a request travels under, taken over from the client where they are well-formed.
#include <optional>
#include <string_view>

#include "http/message.hpp"

namespace feedctl::http {

// Sets request_id (X-Request-Id of 1 to 128 visible ASCII characters, else a new UUIDv7) and
// traceparent (W3C Trace Context: the client's where it is valid, else that of a new trace).
void identify(Request& request);
// The same from what the client sent as the two.
void identify(Request& request, std::optional<std::string_view> request_id,
              std::optional<std::string_view> traceparent);
bool is_traceparent(std::string_view text);
// The trace's id within a traceparent, "" where there is none: what log lines carry.
std::string_view trace_id(const Request& request);

}  // namespace feedctl::http
