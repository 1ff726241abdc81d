#include "http/framed.hpp"

#include <algorithm>

#include "http/framer.hpp"
#include "http/glance.hpp"

namespace feedctl::test {

using namespace feedctl::http;

namespace {

void append(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append("=").append(std::to_string(value.size())).append(":");
  out.append(value).append("\n");
}

std::string in_words(const Refusal& refusal) {
  return "refused " + std::to_string(refusal.status) + (refusal.closes ? " x " : " ") +
         refusal.message + "\n";
}

std::string in_words(const Framed& framed) {
  const auto& request = framed.request;
  std::string out = "request ";
  out.append(to_string(request.method)).append(framed.http10 ? " 1.0" : " 1.1");
  out.append(framed.keep_alive ? " keep" : " close").append(request.has_body ? " body\n" : "\n");
  append(out, "target", request.target);
  append(out, "path", request.path);
  for (const auto& [name, value] : request.query) append(out, "?" + name, value);
  for (const auto& [name, value] : request.headers) append(out, name, value);
  append(out, "body", raw_body(request));
  return out;
}

struct Seen {
  Field field;
  std::string_view name;
};
constexpr Seen looked_at[] = {
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

std::string fields_differ(const Glance& glance, const Request& request) {
  for (const auto& one : looked_at) {
    const auto count = std::count_if(request.headers.begin(), request.headers.end(),
                                     [&](const auto& header) { return header.first == one.name; });
    const auto* sent = request.header(one.name);
    const auto seen = glance.field(one.field);
    if (count > 1 || seen.has_value() != (sent != nullptr) || (seen && *seen != *sent))
      return "the field " + std::string(one.name);
  }
  return "";
}

}  // namespace

std::string framed(std::string_view bytes, const Limits& limits, const HostRules& hosts,
                   const Cut& cut) {
  Framer framer(limits, hosts);
  std::string out;
  std::size_t at = 0, read = 0;
  while (at < bytes.size()) {
    if (read <= at) {
      const auto part = cut ? std::max<std::size_t>(1, cut(at)) : bytes.size();
      read = std::min(bytes.size(), at + std::min(part, bytes.size()));
    }
    at += framer.feed(bytes.substr(at, read - at));
    if (!framer.finished()) continue;
    if (const auto refusal = framer.refusal()) {
      out += in_words(*refusal);
      if (refusal->closes) return out;  // the rest is nobody's, and how much of it came is chance
      framer.reset();
    } else {
      out += in_words(framer.take());
    }
    out += "at " + std::to_string(at) + "\n";
  }
  return out + (framer.started() ? "more is due\n" : "");
}

std::string disagreement(std::string_view bytes, const Limits& limits, const HostRules& hosts) {
  Glance glance;
  if (!glance.read_line(bytes, limits)) return "";
  const auto size = glance.read_fields(bytes, limits, hosts);
  if (size == 0) return "";
  Framer framer(limits, hosts);
  if (framer.feed(bytes) != size) return "the size";
  if (!framer.finished()) return "whether it is complete";
  if (framer.refusal()) return "whether it is refused";
  const auto framed = framer.take();
  const auto& request = framed.request;
  if (framed.http10 || request.has_body) return "the form";
  if (request.method != glance.method()) return "the method";
  if (request.path != glance.path()) return "the path";
  const auto mark = request.target.find('?');
  const auto query = mark == std::string::npos ? "" : request.target.substr(mark + 1);
  if (query != glance.query()) return "the query";
  if (framed.keep_alive == glance.closes()) return "whether it closes";
  return fields_differ(glance, request);
}

}  // namespace feedctl::test
