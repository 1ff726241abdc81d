#pragma once
// Parses the head of a plain GET or HEAD request in place, before the RequestParser sees it. It
// knows the usual forms only and leaves every other request to the RequestParser, so it accepts
// nothing that the RequestParser would reject or read in another way. One thread at a time.
#include <cstddef>
#include <string_view>

#include "http/fast_request_head.hpp"
#include "http_server/host_allowlist.hpp"
#include "http_server/limits.hpp"

namespace feedctl::http {

class FastRequestParser {
 public:
  // Both must outlive it.
  FastRequestParser(const Limits& limits, const HostAllowlist& hosts)
      : limits_(limits), hosts_(hosts) {}

  // Reads the request line at the start of `bytes`. False where it is not complete or not plain.
  bool parse_request_line(std::string_view bytes, FastRequestHead& head);
  // Then reads the header fields. The size of the request; 0 where it is not complete or not plain.
  std::size_t parse_fields(std::string_view bytes, FastRequestHead& head) const;

 private:
  bool is_eligible(FastRequestHead& head) const;

  const Limits& limits_;
  const HostAllowlist& hosts_;
  std::size_t request_line_size_ = 0;
};

}  // namespace feedctl::http
