#pragma once
// What differs between the httplib versions of Debian 12 (0.11) and 13 (0.18).
#include <string>

#include "http/memory_stream.hpp"

namespace feedctl::http {

class HttplibServer : public httplib::Server {
 protected:
  // Runs one request off `stream`, as the last of its connection; a template, so that only the form
  // that exists is compiled.
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
