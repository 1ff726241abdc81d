#pragma once
// From a complete request to the bytes of its answer. Requests with a body go through httplib's
// processing, from a canonical head that the front writes; keeps httplib out of everything else.
// Thread-safe.
#include <atomic>
#include <memory>

#include "http/dispatch.hpp"

namespace feedctl::http {

class Engine {
 public:
  // Both must outlive it.
  Engine(const Dispatcher& dispatcher, const std::atomic<bool>& draining);
  ~Engine();
  // Fills in status, body_bytes and answer, and close where the server drains by then.
  void run(Exchange& exchange);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace feedctl::http
