#pragma once
// Writes HTTP/1.1 requests (RFC 9112) into a buffer that is reused. One thread.
#include <cstdint>
#include <string>
#include <string_view>

#include "loadtest/user_pool.hpp"

namespace feedctl::loadtest {

class RequestWriter {
 public:
  // `authority`: the Host header. `key_prefix` begins all Idempotency-Keys of this writer.
  RequestWriter(std::string authority, std::string key_prefix)
      : authority_(std::move(authority)), key_prefix_(std::move(key_prefix)) {}

  // Begins a request in `out`, which it clears. The caller then appends the target.
  void begin(std::string& out, std::string_view method);
  // Ends the first line and writes what every request has; nullptr: without credentials.
  void end_target(const LoadUser* user);
  void add_header(std::string_view name, std::string_view value);
  void add_idempotency_key(std::uint64_t number);
  // Ends the request. `has_length`: Content-Length also of an empty body, as POST needs.
  void finish(std::string_view body, bool has_length);

  // For the target and for bodies.
  static void append_number(std::string& out, std::int64_t number);

 private:
  std::string authority_;
  std::string key_prefix_;
  std::string* out_ = nullptr;
};

}  // namespace feedctl::loadtest
