#pragma once
// Which addresses calls may go to: the guard against server-side request forgery. Pure functions.
#include "base/ip_address.hpp"

namespace feedctl::http_client {

struct AddressPolicy {
  bool allow_loopback = false;
  bool allow_private = false;  // loopback, too
};

// Public unicast addresses always; private networks and this machine by the policy. Never: link
// local (the metadata services of clouds), multicast, unspecified and reserved ones. An IPv4
// address within an IPv6 one (NAT64, 6to4) counts as itself.
bool is_address_allowed(const IpAddress& address, const AddressPolicy& policy);
// Of this machine, or of a private network.
bool is_local_address(const IpAddress& address);

}  // namespace feedctl::http_client
