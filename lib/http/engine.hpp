#pragma once
// httplib's processing of one request, from a canonical head that the front writes to the bytes of
// the answer. Keeps httplib out of everything else. Thread-safe.
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
