#pragma once
// The client's address: that of the peer, or behind trusted proxies the rightmost untrusted hop of
// X-Forwarded-For; and whether that client speaks HTTPS. Thread-safe, also while replace() runs.
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.hpp"
#include "base/reloadable.hpp"
#include "http/message.hpp"

namespace feedctl::http {

class TrustedProxies {
 public:
  // Addresses, CIDRs ("10.0.0.0/8", "fd00::/8") and "unix" for unix sockets. Error(config) for
  // other text.
  explicit TrustedProxies(const std::vector<std::string>& trusted);
  // The same error, which changes nothing.
  void replace(const std::vector<std::string>& trusted);

  std::string client_address(const std::string& peer, const Request& request) const;
  // Whether the peer is trusted and its X-Forwarded-Proto, the last one of several, is "https".
  bool is_https(const std::string& peer, const Request& request) const;

 private:
  struct TrustedSet {
    explicit TrustedSet(const std::vector<std::string>& entries);
    bool trusts_peer(std::string_view text) const;
    bool trusts_hop(const IpAddress& address) const;

    std::vector<IpRange> ranges;
    bool unix_sockets = false;
  };

  Reloadable<TrustedSet> trusted_;
};

}  // namespace feedctl::http
