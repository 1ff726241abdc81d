#pragma once
// Hides the differences between the httplib versions of Debian 12 (0.11) and 13 (0.18).
#include <string>

#include "http_server/memory_stream.hpp"

namespace feedctl::http {

class HttplibServer : public httplib::Server {
 protected:
  // Processes one request from `stream`, as the last of its connection. It is a template, so that
  // the compiler sees only the overload that exists.
  template <typename Self>
  static void process(Self& self, httplib::Stream& stream) {
    bool closed = false;
    if constexpr (requires { self.process_request(stream, true, closed, nullptr); }) {
      self.process_request(stream, true, closed, nullptr);
    } else {
      static const std::string none;
      self.process_request(stream, none, 0, none, 0, true, closed, nullptr);
    }
  }
};

}  // namespace feedctl::http
