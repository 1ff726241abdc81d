#include "http/serialize.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "http/header_text.hpp"
#include "http/problem.hpp"

namespace feedctl::http {

namespace {

constexpr std::size_t usual_head_size = 512;  // reserved beside the body

void append_number(std::string& out, std::size_t number) {
  char text[24];
  const auto end = std::to_chars(std::begin(text), std::end(text), number).ptr;
  out.append(text, end);
}

}  // namespace

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_head(std::string& out, const Response& response, std::size_t body_size) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(response.status));
  out.append(" ").append(reason_phrase(response.status)).append("\r\n");
  if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
  if (!has_no_body(response.status) && !response.stream) {
    out += "Content-Length: ";
    append_number(out, body_size);
    out += "\r\n";
  }
  for (const auto& [name, value] : response.headers) append_field(out, name, value);
}

void append_end(std::string& out, const WriteOptions& options) {
  if (options.close)
    out += "Connection: close\r\n";
  else if (options.http10)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

void serialize(std::string& out, const Response& response, const WriteOptions& options) {
  out.reserve(out.size() + response.body.size() + usual_head_size);
  append_head(out, response, response.body_size());
  append_end(out, options);
  if (!options.head && !has_no_body(response.status) && !response.file) out += response.body;
}

void add_common_headers(Response& response) {
  const auto has_header = [&](std::string_view name) {
    return std::any_of(response.headers.begin(), response.headers.end(),
                       [&](const auto& header) { return equals_ignore_case(header.first, name); });
  };
  if (!has_header("Cache-Control")) response.header("Cache-Control", "no-store");
  response.header("X-Content-Type-Options", "nosniff");
}

const std::string& http_date() {
  thread_local std::time_t formatted_at = 0;
  thread_local std::string text;
  const auto now = std::time(nullptr);
  if (now != formatted_at) {
    formatted_at = now;
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    char buffer[40];
    std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    text = buffer;
  }
  return text;
}

}  // namespace feedctl::http
