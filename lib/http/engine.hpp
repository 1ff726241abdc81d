#pragma once
// httplib's processing of one request, from a canonical head that the front writes to the bytes of
// the answer. Keeps httplib out of everything else. Thread-safe.
#include <memory>

#include "http/dispatch.hpp"

namespace feedctl::http {

class Engine {
 public:
  explicit Engine(const Dispatcher& dispatcher);
  ~Engine();
  // Fills in status, body_bytes and answer. `close`: the answer is the connection's last.
  void run(Exchange& exchange, bool close);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace feedctl::http
