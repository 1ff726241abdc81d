#include "http_server/parse_transcript.hpp"

#include <algorithm>

#include "http/body_file.hpp"
#include "http/fast_request_head.hpp"
#include "http_server/fast_request_parser.hpp"
#include "http_server/request_parser.hpp"

namespace feedctl::test {

using namespace feedctl::http;

namespace {

void append(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append("=").append(std::to_string(value.size())).append(":");
  out.append(value).append("\n");
}

std::string describe(const Rejection& rejection) {
  return "refused " + std::to_string(rejection.status) +
         (rejection.close_connection ? " x " : " ") + rejection.message + "\n";
}

std::string describe(const ParsedRequest& parsed) {
  const auto& request = parsed.request;
  std::string out = "request ";
  out.append(to_string(request.method)).append(parsed.http10 ? " 1.0" : " 1.1");
  out.append(parsed.keep_alive ? " keep" : " close").append(request.has_body ? " body\n" : "\n");
  append(out, "target", request.target);
  append(out, "path", request.path);
  for (const auto& [name, value] : request.query) append(out, "?" + name, value);
  for (const auto& [name, value] : request.headers) append(out, name, value);
  append(out, "body", read_body(request));
  return out;
}

struct ComparedField {
  Field field;
  std::string_view name;
};
constexpr ComparedField compared_fields[] = {
    {Field::host, "host"},
    {Field::accept, "accept"},
    {Field::origin, "origin"},
    {Field::x_user_id, "x-user-id"},
    {Field::connection, "connection"},
    {Field::traceparent, "traceparent"},
    {Field::x_request_id, "x-request-id"},
    {Field::x_feed_token, "x-feed-token"},
    {Field::authorization, "authorization"},
    {Field::if_none_match, "if-none-match"},
    {Field::accept_encoding, "accept-encoding"},
    {Field::x_forwarded_for, "x-forwarded-for"},
};

std::string fields_differ(const FastRequestHead& head, const Request& request) {
  for (const auto& one : compared_fields) {
    const auto count = std::count_if(request.headers.begin(), request.headers.end(),
                                     [&](const auto& header) { return header.first == one.name; });
    const auto* sent = request.header(one.name);
    const auto seen = head.field(one.field);
    if (count > 1 || seen.has_value() != (sent != nullptr) || (seen && *seen != *sent))
      return "the field " + std::string(one.name);
  }
  return "";
}

}  // namespace

std::string parse_transcript(std::string_view bytes, const Limits& limits,
                             const HostAllowlist& hosts, const ReadSize& cut) {
  RequestParser parser(limits, hosts);
  std::string out;
  std::size_t at = 0, read = 0;
  while (at < bytes.size()) {
    if (read <= at) {
      const auto part = cut ? std::max<std::size_t>(1, cut(at)) : bytes.size();
      read = std::min(bytes.size(), at + std::min(part, bytes.size()));
    }
    at += parser.feed(bytes.substr(at, read - at));
    if (!parser.is_finished()) continue;
    if (const auto rejection = parser.rejection()) {
      out += describe(*rejection);
      if (rejection->close_connection)
        return out;  // the rest belongs to no request, and its size depends on the reads
      parser.reset();
    } else {
      out += describe(parser.take());
    }
    out += "at " + std::to_string(at) + "\n";
  }
  return out + (parser.has_started() ? "more is due\n" : "");
}

std::string fast_path_difference(std::string_view bytes, const Limits& limits,
                                 const HostAllowlist& hosts) {
  FastRequestParser fast_parser(limits, hosts);
  FastRequestHead head;
  if (!fast_parser.parse_request_line(bytes, head)) return "";
  const auto size = fast_parser.parse_fields(bytes, head);
  if (size == 0) return "";
  RequestParser parser(limits, hosts);
  if (parser.feed(bytes) != size) return "the size";
  if (!parser.is_finished()) return "whether it is complete";
  if (parser.rejection()) return "whether it is refused";
  const auto parsed = parser.take();
  const auto& request = parsed.request;
  if (parsed.http10 || request.has_body) return "the form";
  if (request.method != head.method()) return "the method";
  if (request.path != head.path()) return "the path";
  const auto mark = request.target.find('?');
  const auto query = mark == std::string::npos ? "" : request.target.substr(mark + 1);
  if (query != head.query()) return "the query";
  if (parsed.keep_alive == head.wants_close()) return "whether it closes";
  return fields_differ(head, request);
}

}  // namespace feedctl::test
