#pragma once
// Whether a RabbitMQ server listens, without signing in to it. Thread-safe.
#include <chrono>
#include <string>

#include "base/secret.hpp"

namespace feedctl::bus {

// False where nothing accepts a connection within `timeout`; the lookup of a name may take longer.
// Error(config) for a URL that is none.
bool is_rabbitmq_reachable(const Secret<std::string>& url, std::chrono::milliseconds timeout);

}  // namespace feedctl::bus
