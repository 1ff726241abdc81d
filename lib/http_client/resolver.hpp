#pragma once
// Name resolution with a deadline, over getaddrinfo(3), which has none of its own. Any thread.
#include <string>
#include <vector>

#include "base/ip_address.hpp"
#include "base/time.hpp"

namespace feedctl::http_client {

// The addresses of `host` in the order of the system, at least one; an address is its own.
// Throws CallFailure. A look-up that outlives its deadline goes on in a thread of its own; where 16
// of them do, new ones fail at once.
std::vector<IpAddress> resolve(const std::string& host, Deadline deadline);

}  // namespace feedctl::http_client
