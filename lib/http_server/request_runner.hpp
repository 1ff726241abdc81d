#pragma once
// Turns a complete request into the bytes of its response. Requests with a body go through httplib,
// which gets a canonical head from here. No other file uses httplib. Thread-safe.
#include <atomic>
#include <memory>

#include "http_server/dispatcher.hpp"

namespace feedctl::http {

class RequestRunner {
 public:
  // Both must outlive it.
  RequestRunner(const Dispatcher& dispatcher, const std::atomic<bool>& draining);
  ~RequestRunner();
  // Fills in status, body_bytes and output; sets close where the server drains. It does not throw.
  void run(Exchange& exchange);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace feedctl::http
