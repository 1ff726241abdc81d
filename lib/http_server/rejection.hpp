#pragma once
// Why the server answers a request itself, before any handler. The parsers throw it. A plain value.
#include <string>
#include <utility>

namespace feedctl::http {

struct Rejection {
  int status = 400;
  std::string message = {};
  bool close_connection = true;

  // The next bytes on the connection may not be the next request, so this is the last answer.
  static Rejection closing(int status, std::string message) {
    return {.status = status, .message = std::move(message), .close_connection = true};
  }
  static Rejection keep_alive(int status, std::string message) {
    return {.status = status, .message = std::move(message), .close_connection = false};
  }
};

}  // namespace feedctl::http
