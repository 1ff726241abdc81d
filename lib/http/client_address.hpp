#pragma once
// Whose request it is: the peer's address, or behind trusted proxies the rightmost hop of
// X-Forwarded-For that is none of them. Thread-safe.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/current.hpp"
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
  // The same error, and then nothing is replaced.
  void replace(const std::vector<std::string>& trusted);

  std::string client(const std::string& peer, const Request& request) const;

 private:
  struct Range {
    Address first;
    int bits;
  };
  struct Trusted {
    explicit Trusted(const std::vector<std::string>& entries);
    bool peer(std::string_view text) const;
    bool hop(const Address& address) const;

    std::vector<Range> ranges;
    bool unix_sockets = false;
  };

  Current<Trusted> trusted_;
};

}  // namespace feedctl::http
