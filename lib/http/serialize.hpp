#pragma once
// Answers as bytes: those of the front itself, those from memory and those to requests without a
// body. httplib writes the rest.
#include <string>

#include "http/message.hpp"

namespace feedctl::http {

struct Delivery {
  bool head = false;    // answer without a body
  bool close = false;   // Connection: close
  bool http10 = false;  // such a client must be told that the connection stays
};

void append_field(std::string& out, std::string_view name, std::string_view value);
// The status line and the fields of `response`, each with its line end; `body_size` is announced
// where the status has a body.
void append_head(std::string& out, const Response& response, std::size_t body_size);
// What follows the last field.
void append_end(std::string& out, const Delivery& delivery);

// Appends the whole of an answer.
void serialize(std::string& out, const Response& response, const Delivery& delivery);

// 204 and 304 have neither body nor length.
inline bool bodyless(int status) {
  return status == 204 || status == 304;
}

// The fields that every answer carries, whatever was asked.
void add_standing_fields(Response& response);
// "Sun, 06 Nov 1994 08:49:37 GMT", kept for a second.
const std::string& http_date();

}  // namespace feedctl::http
