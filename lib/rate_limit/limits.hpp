#pragma once
// The limits of a configuration, as requests use them. Immutable; any thread.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.hpp"
#include "config/config.hpp"
#include "http/router.hpp"
#include "metrics/metrics.hpp"
#include "rate_limit/gcra.hpp"

namespace feedctl::rate_limit {

// One limit: of users or of addresses, for one class of routes.
struct Limit {
  http::RateClass rate_class = http::RateClass::none;
  std::string_view subject;  // "user" or "address"
  GcraRate rate;
  std::string name;        // "user.write", as in the configuration
  std::string key_prefix;  // of its buckets
  std::string policy;      // its item of the field RateLimit-Policy
  metrics::Counter* refused = nullptr;

  // Credentials could be guessed, and uploads cost much: without Redis these are stricter, since
  // each process counts alone.
  bool is_strict() const;
  // A quarter of the rate and of the burst.
  GcraRate strict_rate() const;
};

class Limits {
 public:
  explicit Limits(const config::RateLimitConfig& config);

  bool is_enabled() const { return enabled_; }
  // nullptr: no limit.
  const Limit* user_limit(http::RateClass rate_class) const { return find(users_, rate_class); }
  const Limit* address_limit(http::RateClass rate_class) const {
    return find(addresses_, rate_class);
  }
  // Of an address as in Request::client_address.
  bool is_exempt(const std::optional<IpAddress>& address) const;

 private:
  static constexpr auto class_count = static_cast<std::size_t>(http::RateClass::automatic);
  using Table = std::array<std::optional<Limit>, class_count>;

  static const Limit* find(const Table& table, http::RateClass rate_class) {
    const auto& limit = table.at(static_cast<std::size_t>(rate_class));
    return limit ? &*limit : nullptr;
  }
  static void set(Table& table, std::string_view subject, http::RateClass rate_class,
                  const config::Rate& rate);

  bool enabled_;
  Table users_, addresses_;
  std::vector<IpRange> exempt_;
  bool is_unix_exempt_ = false;
};

// The part of a key that names the client: an IPv4 address, also one that a translator shows in
// 64:ff9b::/96, the /64 of another IPv6 address, or "unix" for a peer without an address.
std::string address_subject(const std::optional<IpAddress>& address);

// Whether the address belongs to a private network, as a proxy's may.
bool is_private(const IpAddress& address);

}  // namespace feedctl::rate_limit
