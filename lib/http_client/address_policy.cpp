#include "http_client/address_policy.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace feedctl::http_client {

namespace {

std::vector<IpRange> parse_ranges(std::span<const std::string_view> texts) {
  std::vector<IpRange> ranges;
  for (const auto text : texts) ranges.push_back(IpRange::parse(text).value());
  return ranges;
}

bool is_in(const std::vector<IpRange>& ranges, const IpAddress& address) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const IpRange& range) { return range.contains(address); });
}

// From the special-purpose registries of IANA (RFC 6890).
bool is_never_allowed(const IpAddress& address) {
  static constexpr std::string_view texts[] = {
      "0.0.0.0/8",       "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15",
      "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",  "::/128",       "100::/64",
      "2001::/23",       "2001:db8::/32",  "fe80::/10",    "fec0::/10",    "ff00::/8",
      "::/96",           "64:ff9b:1::/48",
  };
  static const auto ranges = parse_ranges(texts);
  return is_in(ranges, address);
}

bool is_private(const IpAddress& address) {
  static constexpr std::string_view texts[] = {"10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12",
                                               "192.168.0.0/16", "fc00::/7"};
  static const auto ranges = parse_ranges(texts);
  return is_in(ranges, address);
}

IpAddress embedded_at(const IpAddress& address, std::size_t first) {
  auto found = IpAddress::parse("0.0.0.0").value();
  std::copy_n(address.bytes.begin() + static_cast<std::ptrdiff_t>(first), 4,
              found.bytes.begin() + 12);
  return found;
}

// The IPv4 address that a translator on the way would take out of an IPv6 one.
std::optional<IpAddress> embedded_ipv4(const IpAddress& address) {
  static const auto nat64 = IpRange::parse("64:ff9b::/96").value();
  static const auto six_to_four = IpRange::parse("2002::/16").value();
  if (nat64.contains(address)) return embedded_at(address, 12);
  if (six_to_four.contains(address)) return embedded_at(address, 2);
  return std::nullopt;
}

}  // namespace

bool is_address_allowed(const IpAddress& address, const AddressPolicy& policy) {
  if (address.is_loopback()) return policy.allow_loopback || policy.allow_private;
  if (is_never_allowed(address)) return false;
  if (const auto inner = embedded_ipv4(address)) return is_address_allowed(*inner, policy);
  return policy.allow_private || !is_private(address);
}

bool is_local_address(const IpAddress& address) {
  if (const auto inner = embedded_ipv4(address)) return is_local_address(*inner);
  return address.is_loopback() || is_private(address);
}

}  // namespace feedctl::http_client
