#pragma once
// IP addresses and CIDR ranges. Plain values; any thread.
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace feedctl {

// An IPv4 or IPv6 address in one form (RFC 4291, 2.5.5.2): IPv4 as ::ffff:a.b.c.d.
struct IpAddress {
  std::array<unsigned char, 16> bytes{};

  // "10.0.0.1", "::1"; nullopt for anything else.
  static std::optional<IpAddress> parse(std::string_view text);
  // As inet_ntop writes it; IPv4 in its dotted form.
  std::string to_string() const;
  // In 127/8 or ::1.
  bool is_loopback() const;
};

// A single address or a CIDR range: "10.0.0.0/8", "fd00::/8".
struct IpRange {
  IpAddress first;
  int prefix_bits = 128;  // of the 16-byte form

  static std::optional<IpRange> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
};

}  // namespace feedctl
