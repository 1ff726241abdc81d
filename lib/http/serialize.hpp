#pragma once
// Responses as HTTP/1.1 bytes. Thread-safe.
#include <string>

#include "http/message.hpp"

namespace feedctl::http {

struct WriteOptions {
  bool head = false;    // answer without a body
  bool close = false;   // Connection: close
  bool http10 = false;  // says Connection: keep-alive to such a client
};

void append_field(std::string& out, std::string_view name, std::string_view value);
// Appends the status line and the fields of `response`. Content-Length is `body_size` where the
// status has a body.
void append_head(std::string& out, const Response& response, std::size_t body_size);
// Appends Connection and the empty line after the last field.
void append_end(std::string& out, const WriteOptions& options);

// Appends a whole response; of one with a file, all but the file.
void serialize(std::string& out, const Response& response, const WriteOptions& options);

// 204 and 304 have neither body nor length.
inline bool has_no_body(int status) {
  return status == 204 || status == 304;
}

// Adds the fields that every response carries.
void add_common_headers(Response& response);
// The current "Sun, 06 Nov 1994 08:49:37 GMT". Each thread formats it once a second.
const std::string& http_date();

}  // namespace feedctl::http
