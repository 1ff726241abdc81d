#pragma once
// Answers that the front gives itself, as bytes. Those of handlers are written by httplib.
#include <string>

#include "http/message.hpp"

namespace feedctl::http {

struct Delivery {
  bool head = false;    // answer without a body
  bool close = false;   // Connection: close
  bool http10 = false;  // such a client must be told that the connection stays
};

std::string serialize(const Response& response, const Delivery& delivery);

}  // namespace feedctl::http
