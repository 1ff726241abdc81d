#include "http/client_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/error.hpp"
#include "http/text.hpp"

namespace feedctl::http {

namespace {

constexpr int max_hops = 64;
constexpr int v4_offset = 96;  // bits before an IPv4 address in its IPv6 form

// "1.2.3.4", "1.2.3.4:5", "::1", "[::1]:5": the address alone.
std::string_view without_port(std::string_view hop) {
  if (!hop.empty() && hop.front() == '[') {
    const auto end = hop.find(']');
    return end == std::string_view::npos ? std::string_view() : hop.substr(1, end - 1);
  }
  const auto colon = hop.find(':');
  return colon != std::string_view::npos && colon == hop.rfind(':') ? hop.substr(0, colon) : hop;
}

// The hops of all X-Forwarded-For fields, nearest first.
std::vector<std::string_view> hops_of(const Request& request) {
  std::vector<std::string_view> hops;
  for (auto field = request.headers.rbegin(); field != request.headers.rend(); ++field) {
    if (field->first != "x-forwarded-for") continue;
    std::string_view list = field->second;
    while (hops.size() < max_hops) {
      const auto comma = list.rfind(',');
      hops.push_back(trimmed(comma == std::string_view::npos ? list : list.substr(comma + 1)));
      if (comma == std::string_view::npos) break;
      list = list.substr(0, comma);
    }
  }
  return hops;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  if (text.empty() || text.size() > 45) return std::nullopt;
  const std::string copy(text);
  Address address;
  if (::inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1) return address;
  in_addr v4{};
  if (::inet_pton(AF_INET, copy.c_str(), &v4) != 1) return std::nullopt;
  address.bytes[10] = address.bytes[11] = 0xff;
  std::memcpy(&address.bytes[12], &v4, sizeof v4);
  return address;
}

std::string Address::text() const {
  static constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool v4 = std::equal(mapped.begin(), mapped.end(), bytes.begin());
  char buffer[INET6_ADDRSTRLEN];
  ::inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? &bytes[12] : bytes.data(), buffer, sizeof buffer);
  return buffer;
}

ProxyRules::Trusted::Trusted(const std::vector<std::string>& entries) {
  for (const auto& entry : entries) {
    if (entry == "unix") {
      unix_sockets = true;
      continue;
    }
    const auto slash = entry.find('/');
    const auto address = Address::parse(std::string_view(entry).substr(0, slash));
    const bool v4 = entry.find(':') == std::string::npos;
    const int most = v4 ? 32 : 128;
    int bits = most;
    bool good = address.has_value();
    if (good && slash != std::string::npos) {
      const auto* end = entry.data() + entry.size();
      const auto [stop, error] = std::from_chars(entry.data() + slash + 1, end, bits);
      good = error == std::errc{} && stop == end && bits >= 0 && bits <= most;
    }
    if (!good) {
      throw Error(ErrorCode::config, "trusted proxy '" + entry + "' is no address or CIDR")
          .with_hint("write for example 10.0.0.0/8, ::1 or unix");
    }
    ranges.push_back({*address, v4 ? bits + v4_offset : bits});
  }
}

bool ProxyRules::Trusted::hop(const Address& address) const {
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
    const auto whole = static_cast<std::size_t>(range.bits / 8);
    if (std::memcmp(address.bytes.data(), range.first.bytes.data(), whole) != 0) return false;
    const int rest = range.bits % 8;
    if (rest == 0) return true;
    return ((address.bytes[whole] ^ range.first.bytes[whole]) >> (8 - rest)) == 0;
  });
}

bool ProxyRules::Trusted::peer(std::string_view text) const {
  if (text == "unix") return unix_sockets;
  const auto address = ranges.empty() ? std::nullopt : Address::parse(text);
  return address && hop(*address);
}

ProxyRules::ProxyRules(const std::vector<std::string>& trusted) : trusted_(Trusted(trusted)) {}

void ProxyRules::replace(const std::vector<std::string>& trusted) {
  trusted_.replace(Trusted(trusted));
}

std::string ProxyRules::client(const std::string& peer, const Request& request) const {
  const auto& trusted = trusted_.get();
  if (!trusted.peer(peer)) return peer;
  std::string nearest = peer;
  for (const auto hop : hops_of(request)) {
    const auto address = Address::parse(without_port(hop));
    if (!address) break;  // nobody vouches for what stands left of it
    nearest = address->text();
    if (!trusted.hop(*address)) break;
  }
  return nearest;
}

}  // namespace feedctl::http
