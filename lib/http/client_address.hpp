#pragma once
// Whose request it is: the peer's address, or behind trusted proxies the rightmost hop of
// X-Forwarded-For that is none of them. Immutable, so any thread may ask.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace feedctl::http {

// An IPv4 or IPv6 address in one form: IPv4 as ::ffff:a.b.c.d.
struct Address {
  std::array<unsigned char, 16> bytes{};
  static std::optional<Address> parse(std::string_view text);
  std::string text() const;
};

class ProxyRules {
 public:
  // Addresses, CIDRs ("10.0.0.0/8", "fd00::/8") and "unix" for unix sockets. Error(config) for
  // anything else.
  explicit ProxyRules(const std::vector<std::string>& trusted);

  bool trusts(std::string_view peer) const;
  std::string client(const std::string& peer, const Request& request) const;

 private:
  struct Range {
    Address first;
    int bits;
  };
  bool trusts(const Address& address) const;

  std::vector<Range> ranges_;
  bool unix_ = false;
};

}  // namespace feedctl::http
