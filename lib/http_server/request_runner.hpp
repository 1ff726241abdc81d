#pragma once
// Turns a complete request into the bytes of its response. Thread-safe.
#include <atomic>

#include "http_server/dispatcher.hpp"

namespace feedctl::http {

class RequestRunner {
 public:
  // Both must outlive it.
  RequestRunner(const Dispatcher& dispatcher, const std::atomic<bool>& draining)
      : dispatcher_(dispatcher), draining_(draining) {}
  // Fills in status, body_bytes and output; sets close where the server drains. It does not throw.
  void run(Exchange& exchange) const;

 private:
  void write_response(Exchange& exchange) const;

  const Dispatcher& dispatcher_;
  const std::atomic<bool>& draining_;
};

}  // namespace feedctl::http
