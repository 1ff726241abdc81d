#include "http_server/trusted_proxies.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "http/header_text.hpp"

namespace feedctl::http {

namespace {

constexpr int max_hops = 64;

// The address of "1.2.3.4", "1.2.3.4:5", "::1" or "[::1]:5".
std::string_view hop_address(std::string_view hop) {
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

TrustedProxies::TrustedSet::TrustedSet(const std::vector<std::string>& entries) {
  for (const auto& entry : entries) {
    if (entry == "unix") {
      unix_sockets = true;
      continue;
    }
    const auto range = IpRange::parse(entry);
    if (!range) {
      throw Error(ErrorCode::config, "trusted proxy '" + entry + "' is no address or CIDR")
          .with_hint("write for example 10.0.0.0/8, ::1 or unix");
    }
    ranges.push_back(*range);
  }
}

bool TrustedProxies::TrustedSet::trusts_hop(const IpAddress& address) const {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const IpRange& range) { return range.contains(address); });
}

bool TrustedProxies::TrustedSet::trusts_peer(std::string_view text) const {
  if (text == "unix") return unix_sockets;
  const auto address = ranges.empty() ? std::nullopt : IpAddress::parse(text);
  return address && trusts_hop(*address);
}

TrustedProxies::TrustedProxies(const std::vector<std::string>& trusted)
    : trusted_(TrustedSet(trusted)) {}

void TrustedProxies::replace(const std::vector<std::string>& trusted) {
  trusted_.replace(TrustedSet(trusted));
}

std::string TrustedProxies::client_address(const std::string& peer, const Request& request) const {
  const auto& trusted = trusted_.get();
  if (!trusted.trusts_peer(peer)) return peer;
  std::string client = peer;
  for (const auto hop : hops_of(request)) {
    const auto address = IpAddress::parse(hop_address(hop));
    if (!address) break;  // the hops before a malformed one are not trustworthy
    client = address->to_string();
    if (!trusted.trusts_hop(*address)) break;
  }
  return client;
}

bool TrustedProxies::is_https(const std::string& peer, const Request& request) const {
  const auto field = std::find_if(request.headers.rbegin(), request.headers.rend(),
                                  [](const auto& f) { return f.first == "x-forwarded-proto"; });
  if (field == request.headers.rend() || !trusted_->trusts_peer(peer)) return false;
  const std::string_view list = field->second;
  const auto comma = list.rfind(',');
  return equals_ignore_case(trimmed(comma == list.npos ? list : list.substr(comma + 1)), "https");
}

}  // namespace feedctl::http
