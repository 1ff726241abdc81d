#include "http_server/request_ids.hpp"

#include <algorithm>
#include <random>

#include "base/encoding.hpp"
#include "base/ids.hpp"

namespace feedctl::http {

namespace {

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 128 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

// Not sampled: the next service decides for itself what it keeps.
std::string new_traceparent(std::mt19937_64& random) {
  std::string text;
  text.reserve(55);
  text += "00-";
  append_hex(text, random());
  append_hex(text, random() | 1);  // neither id may be zero
  text += '-';
  append_hex(text, random() | 1);
  return text += "-00";
}

}  // namespace

bool is_traceparent(std::string_view text) {
  if (text.size() < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  const auto version = text.substr(0, 2), trace = text.substr(3, 32), parent = text.substr(36, 16);
  if (!is_hex(version) || !is_hex(trace) || !is_hex(parent) || !is_hex(text.substr(53, 2)))
    return false;
  if (version == "ff" || is_zero(trace) || is_zero(parent)) return false;
  return text.size() == 55 || (version != "00" && text[55] == '-' && text.size() <= 128);
}

void assign_request_ids(Request& request) {
  const auto sent = [&](std::string_view name) {
    const auto* value = request.header(name);
    return value != nullptr ? std::optional<std::string_view>(*value) : std::nullopt;
  };
  assign_request_ids(request, sent("x-request-id"), sent("traceparent"));
}

void assign_request_ids(Request& request, std::optional<std::string_view> request_id,
                        std::optional<std::string_view> traceparent) {
  // random_device for each request would be a system call each time.
  thread_local std::mt19937_64 random{std::random_device{}()};
  if (request_id && is_request_id(*request_id))
    request.request_id = *request_id;
  else
    request.request_id = make_uuid_v7(random(), random());
  if (traceparent && is_traceparent(*traceparent))
    request.traceparent = *traceparent;
  else
    request.traceparent = new_traceparent(random);
}

std::string_view trace_id(const Request& request) {
  return request.traceparent.empty() ? std::string_view()
                                     : std::string_view(request.traceparent).substr(3, 32);
}

}  // namespace feedctl::http
