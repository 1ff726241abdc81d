#pragma once
// Turns a complete request into the bytes of its response. Thread-safe.
#include <atomic>

#include "http_server/dispatcher.hpp"
#include "http_server/file_slots.hpp"

namespace feedctl::http {

class RequestRunner {
 public:
  // All must outlive it.
  RequestRunner(const Dispatcher& dispatcher, const std::atomic<bool>& draining, FileSlots& slots)
      : dispatcher_(dispatcher), draining_(draining), file_slots_(slots) {}
  // Fills in status, body_bytes and output; sets close where the server drains. It does not throw.
  void run(Exchange& exchange) const;

 private:
  void write_response(Exchange& exchange) const;
  Response make_response(Exchange& exchange) const;

  const Dispatcher& dispatcher_;
  const std::atomic<bool>& draining_;
  FileSlots& file_slots_;
};

}  // namespace feedctl::http
